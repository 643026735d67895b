import { Controller, Get, Headers, Inject, NotFoundException, Param, Res } from '@nestjs/common';
import { Problem } from '@orderstream/service';
import type { FastifyReply } from 'fastify';
import { PageFiles, type PageFile } from './page-files.ts';

/** The page itself. It loads nothing from elsewhere and runs nothing that is written into it. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The page is asked for anew each time; a file whose name is made of its content never changes. */
const REVALIDATED = 'no-cache';
const FOR_EVER = 'public, max-age=31536000, immutable';

@Controller()
export class PageController {
  constructor(@Inject(PageFiles) private readonly files: PageFiles) {}

  @Get()
  page(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    const { page } = this.files;
    if (page === undefined)
      throw new Problem({ status: 503, detail: 'The page is not built: npm run build.' });
    send(reply, page, { known, caching: REVALIDATED });
  }

  @Get('assets/:name')
  asset(
    @Param('name') name: string,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const file = this.files.asset(name);
    if (file === undefined) throw new NotFoundException();
    send(reply, file, { known, caching: FOR_EVER });
  }
}

function send(
  reply: FastifyReply,
  file: PageFile,
  { known, caching }: { readonly known: string | undefined; readonly caching: string },
): void {
  void reply.headers({
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': caching,
    etag: file.etag,
  });
  if (known === file.etag) void reply.code(304).send();
  else void reply.type(file.type).send(file.content);
}
