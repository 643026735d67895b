import { Controller, Get, Headers, Inject, NotFoundException, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PageFiles, type PageFile } from './page-files.ts';

/** The page itself. It loads nothing from elsewhere and runs nothing that is written into it. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

@Controller()
export class PageController {
  constructor(@Inject(PageFiles) private readonly files: PageFiles) {}

  @Get()
  page(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): void {
    send(reply, this.files.page, known);
  }

  @Get('page/:name')
  file(
    @Param('name') name: string,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const file = this.files.named(name);
    if (file === undefined) throw new NotFoundException();
    send(reply, file, known);
  }
}

function send(reply: FastifyReply, file: PageFile, known: string | undefined): void {
  void reply.headers({
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    etag: file.etag,
  });
  if (known === file.etag) void reply.code(304).send();
  else void reply.type(file.type).send(file.content);
}
