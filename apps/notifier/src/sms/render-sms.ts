import { LANGUAGES, languageOf, type Language } from '../rendering/locale.ts';
import { formatAmount } from '../rendering/money.ts';
import type { TemplateData } from '../rendering/template-data.ts';
import { templateEngine } from '../rendering/template-engine.ts';

/** What is also told by SMS. */
export const SMS_TEMPLATES = ['order-confirmed', 'order-cancelled'] as const;
export type SmsTemplate = (typeof SMS_TEMPLATES)[number];

const engines = Object.fromEntries(
  LANGUAGES.map((language) => [language, templateEngine('sms', language)]),
) as Readonly<Record<Language, ReturnType<typeof templateEngine>>>;

export function isSmsTemplate(template: string): template is SmsTemplate {
  return (SMS_TEMPLATES as readonly string[]).includes(template);
}

/**
 * One short line. The currency by its code and plain spaces: most symbols and every no-break space are outside GSM 03.38, and one of them
 * makes a message of 70 characters a part out of one of 160.
 * @throws Error when template and data do not go together
 */
export function renderSms(
  template: SmsTemplate,
  { order_id, amount_total, currency }: TemplateData[SmsTemplate],
  { locale, reference }: { readonly locale: string; readonly reference: string },
): string {
  const total = formatAmount(amount_total, currency, locale, 'code');
  return engines[languageOf(locale)]
    .render(`#${template}`, { order_id, total, reference })
    .replaceAll(/\s+/g, ' ')
    .trim();
}
