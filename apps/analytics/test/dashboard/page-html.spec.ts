import { pageHtml } from '../../src/dashboard/page-html.ts';

describe('the page', () => {
  it('says how to send an order, in one command that a shell understands', () => {
    const html = pageHtml('https://orders.example');
    const command = /<code id="example">([^<]*)<\/code>/
      .exec(html)?.[1]
      ?.replaceAll('&#39;', "'")
      .replaceAll('&quot;', '"');
    expect(command?.split(' \\\n')[0]).toBe('curl https://orders.example/v1/orders');
    const body = /-d '(.*)'$/.exec(command ?? '')?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({ customer_id: 'ada', items: [{ quantity: 2 }] });
  });

  it('an address with markup in it: text', () => {
    expect(pageHtml('http://x/"><script>alert(1)</script>')).not.toContain('<script>alert');
  });

  it('holds no script and no style of its own: its policy forbids them', () => {
    const html = pageHtml('http://x');
    expect(html.match(/<script[^>]*>[^<]/g)).toBeNull();
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  });
});
