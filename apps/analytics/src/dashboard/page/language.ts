/**
 * Chromium under the POSIX locale calls its language `en-US@posix`, which Intl refuses; uPlot hands it on as soon as it is loaded. To be
 * imported before it.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
