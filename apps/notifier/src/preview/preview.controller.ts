import { Controller, Get, NotFoundException, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LANGUAGES, languageOf } from '../rendering/locale.ts';
import { renderMail } from '../rendering/render-mail.ts';
import type { TemplateName } from '../rendering/template-data.ts';
import { views } from '../rendering/views.ts';
import { isSmsTemplate, renderSms } from '../sms/render-sms.ts';
import type { TemplateData } from '../rendering/template-data.ts';
import { countSegments } from '../sms/count-segments.ts';
import { exampleOf, NAMES, type Who } from './examples.ts';
import { previewIndex } from './preview-index.ts';

/** Mails load nothing and run nothing, and neither does this. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TEMPLATES = Object.keys(views) as TemplateName[];
const MAX_ITEMS = 1_000_000;

/** How every message looks, with made-up data: nothing of a customer is to be seen here. */
@Controller('preview')
export class PreviewController {
  @Get()
  index(@Res() reply: FastifyReply): void {
    send(reply, 'text/html', previewIndex(TEMPLATES, LANGUAGES, Object.keys(NAMES)));
  }

  /** `form`: html (default), text, subject or sms. */
  @Get(':template/:locale')
  message(
    @Param('template') template: string,
    @Param('locale') locale: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res() reply: FastifyReply,
  ): void {
    const { form = 'html', who = 'plain', items = '3' } = query;
    if (!isTemplate(template) || !isLocale(locale) || !isWho(who)) throw new NotFoundException();
    const count = Math.min(MAX_ITEMS, Math.max(1, Math.trunc(Number(items)) || 1));
    const data = exampleOf(template, who, count);
    if (form === 'sms') return this.#sms(template, data, locale, reply);
    if (form !== 'html' && form !== 'text' && form !== 'subject') throw new NotFoundException();
    const mail = renderMail(template, data, locale);
    send(reply, form === 'html' ? 'text/html' : 'text/plain', mail[form]);
  }

  #sms(template: TemplateName, data: TemplateData[TemplateName], locale: string, reply: FastifyReply): void {
    if (!isSmsTemplate(template)) throw new NotFoundException();
    const example = { locale, reference: '7KQ2M9XD4A' };
    const body = renderSms(template, data as TemplateData[typeof template], example);
    send(reply, 'text/plain', `${body}\n\n(${countSegments(body)} segment(s))\n`);
  }
}

function send(reply: FastifyReply, type: 'text/html' | 'text/plain', content: string): void {
  void reply
    .headers({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .type(`${type}; charset=utf-8`)
    .send(content);
}

function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(views, name);
}

function isWho(who: unknown): who is Who {
  return typeof who === 'string' && Object.hasOwn(NAMES, who);
}

function isLocale(locale: string): boolean {
  try {
    languageOf(locale);
    return true;
  } catch {
    return false;
  }
}
