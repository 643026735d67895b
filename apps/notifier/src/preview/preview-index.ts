import { isSmsTemplate } from '../sms/render-sms.ts';

/** The list of what can be looked at. All of it is ours: nothing has to be escaped. */
export function previewIndex(
  templates: readonly string[],
  locales: readonly string[],
  names: readonly string[],
): string {
  const link = (href: string, text: string): string => `<a href="/preview/${href}">${text}</a>`;
  const rows = templates.flatMap((template) =>
    locales.map((locale) => {
      const people = names.map((who) => link(`${template}/${locale}?who=${who}`, who));
      const more = [
        link(`${template}/${locale}?items=100`, '100 items'),
        link(`${template}/${locale}?form=text`, 'text'),
        ...(isSmsTemplate(template) ? [link(`${template}/${locale}?form=sms`, 'SMS')] : []),
      ];
      return `<tr><th>${template}</th><td>${locale}</td><td>${[...people, ...more].join(' · ')}</td></tr>`;
    }),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails of Orderstream</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 15px/1.6 system-ui, sans-serif; margin: 2rem; }
  th, td { text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top; font-weight: normal; }
  th { font-weight: 600; white-space: nowrap; }
</style></head>
<body><h1>Mails and SMS</h1>
<p>Every message as it goes out, with made-up data. Another region: <code>/preview/order-confirmed/de-AT</code>.</p>
<table>${rows.join('\n')}</table></body></html>
`;
}
