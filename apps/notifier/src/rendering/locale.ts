/** The languages there are templates in. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * The locale a message goes out in: what the customer asked for where there are templates in that language, with the region that
 * decides how amounts and times look; `fallback` otherwise. Extensions (calendars, digits) are left out.
 */
export function mailLocale(wanted: string | null | undefined, fallback: string): string {
  if (wanted === null || wanted === undefined) return fallback;
  try {
    const { language, baseName } = new Intl.Locale(wanted);
    return isLanguage(language) ? baseName : fallback;
  } catch {
    return fallback;
  }
}

/** The language of a locale that mailLocale made. @throws Error when there are no templates in it */
export function languageOf(locale: string): Language {
  const { language } = new Intl.Locale(locale);
  if (isLanguage(language)) return language;
  throw new Error(`there are no templates in ${language}`);
}

function isLanguage(language: string): language is Language {
  return (LANGUAGES as readonly string[]).includes(language);
}
