import { exampleOf, NAMES, type Who } from '../../src/preview/examples.ts';
import { LANGUAGES, mailLocale } from '../../src/rendering/locale.ts';
import { renderMail } from '../../src/rendering/render-mail.ts';
import type { TemplateName } from '../../src/rendering/template-data.ts';
import { views } from '../../src/rendering/views.ts';

const templates = Object.keys(views) as TemplateName[];
const people = Object.keys(NAMES) as Who[];
const mails = templates.flatMap((template) => LANGUAGES.map((language) => [template, language] as const));

describe.each(mails)('%s in %s', (template, language) => {
  const rendered = (who: Who) => renderMail(template, exampleOf(template, who, 100), language);

  it('has a subject, a text and HTML in that language, whoever it is written to', () => {
    for (const who of people) {
      const { subject, text, html } = rendered(who);
      expect(subject).toMatch(/^\S.{5,120}$/u);
      expect(text).not.toMatch(/undefined|\[object|\n\n\n\n/);
      expect(text).not.toMatch(/<\/?(td|tr|bdi)|&(amp|lt|#39);/);
      expect(html).toContain(`<html lang="${language}">`);
    }
  });

  it('markup in a name or reason: shown as text', () => {
    const { html, text } = rendered('script');
    expect(html).not.toContain('<script>');
    if (text.includes('alert(')) expect(html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
  });
});

it('the languages say different things', () => {
  for (const template of templates) {
    const subjects = LANGUAGES.map(
      (language) => renderMail(template, exampleOf(template, 'plain', 1), language).subject,
    );
    expect(new Set(subjects).size).toBe(LANGUAGES.length);
  }
});

it('a name from right to left: kept apart from the words around it', () => {
  const { html, text } = renderMail('welcome', exampleOf('welcome', 'rtl', 1), 'en');
  expect(text).toContain(`Hello \u2068${NAMES.rtl}\u2069,`);
  expect(html).toContain(`Hello <bdi>${NAMES.rtl}</bdi>,`);
});

it('a name with direction marks and line breaks: one line that ends where it ends', () => {
  const data = { user_id: 'u', name: 'Ada\u202E\nevil\u2066' };
  expect(renderMail('welcome', data, 'en').text).toContain('Hello Ada evil,\n');
});

it('amounts look as they do where the customer is', () => {
  const example = exampleOf('order-confirmed', 'none', 3);
  const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
  expect(plain(renderMail('order-confirmed', example, 'de').subject)).toContain('1.234,56 €');
  expect(plain(renderMail('order-confirmed', example, 'de-AT').subject)).toContain('€ 1.234,56');
  expect(plain(renderMail('order-confirmed', example, 'en-IN').subject)).toContain('€1,234.56');
});

it.each([
  ['de', 'de'],
  ['de-CH', 'de-CH'],
  ['EN-gb', 'en-GB'],
  ['en-US-u-nu-arab', 'en-US'],
  ['fr-FR', 'en'],
  ['no language!', 'en'],
  [null, 'en'],
])('a customer who wants %j is written to in %s', (wanted, expected) => {
  expect(mailLocale(wanted, 'en')).toBe(expected);
});
