import { LANGUAGES, languageOf, type Language } from './locale.ts';
import type { TemplateData, TemplateName } from './template-data.ts';
import { templateEngine } from './template-engine.ts';
import { views } from './views.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

type Engines = Readonly<Record<keyof RenderedMail, ReturnType<typeof templateEngine>>>;

const engines = Object.fromEntries(
  LANGUAGES.map((language): [Language, Engines] => [
    language,
    {
      subject: templateEngine('subject', language),
      text: templateEngine('text', language),
      html: templateEngine('html', language),
    },
  ]),
) as Readonly<Record<Language, Engines>>;

/** @throws Error when template and data do not go together */
export function renderMail<Name extends TemplateName>(
  template: Name,
  data: TemplateData[Name],
  locale: string,
): RenderedMail {
  const language = languageOf(locale);
  const view = { ...views[template](data, locale), language };
  const { subject, text, html } = engines[language];
  const name = `#${template}`;
  return {
    subject: subject.render(name, view),
    text: text.render(name, view),
    html: html.render(name, view),
  };
}
