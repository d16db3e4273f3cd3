// A system without a language (LANG=C) is "en-US@posix" to Chromium. Intl refuses that, and uPlot asks Intl as it loads.
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
