import type { TemplateData, TemplateName } from '../ledger/notification.ts';
import { orderConfirmedView } from './order-confirmed.ts';
import { templateEngine } from './template-engine.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const LOCALE = 'en';

type Views = { readonly [Name in TemplateName]: (data: TemplateData[Name], locale: string) => object };

/** For each template the values that stand in it, ready to be read. */
const views: Views = { 'order-confirmed': orderConfirmedView };

const engines = {
  subject: templateEngine('subject'),
  text: templateEngine('text'),
  html: templateEngine('html'),
};

/** @throws Error when template and data do not go together */
export function renderMail<Name extends TemplateName>(
  template: Name,
  data: TemplateData[Name],
): RenderedMail {
  const view = { ...views[template](data, LOCALE), locale: LOCALE };
  const name = `#${template}`;
  return {
    subject: engines.subject.render(name, view),
    text: engines.text.render(name, view),
    html: engines.html.render(name, view),
  };
}
