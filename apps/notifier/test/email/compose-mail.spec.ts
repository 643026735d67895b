import { composeMail } from '../../src/email/compose-mail.ts';

const mail = {
  from: 'Grüße & Söhne <orders@shop.example>',
  to: 'ada@example.com',
  messageId: '<1.email@shop.example>',
  subject: 'Bestätigt: 12 €, danke 🎉',
  text: 'Vielen Dank!\n.\nEine Zeile mit einem Punkt.\n',
  html: '<p>Vielen Dank! 🎉</p>\n',
};

/** The headers unfolded, by name; the parts by their type, decoded. */
function read(content: Buffer) {
  const [head = '', ...rest] = content.toString('latin1').split('\r\n\r\n');
  const unfolded = head.replaceAll(/\r\n\s+/g, ' ').split('\r\n');
  const headers = new Map(
    unfolded.map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
  );
  const boundary = /boundary="(.*?)"/.exec(headers.get('Content-Type') ?? '')?.[1] ?? '';
  const chunks = rest.join('\r\n\r\n').split(`--${boundary}`);
  const parts = chunks.slice(1, -1).map((chunk) => {
    const [partHead = '', body = ''] = chunk.split('\r\n\r\n');
    return [/Content-Type: (\S+);/.exec(partHead)?.[1], Buffer.from(body, 'base64').toString()] as const;
  });
  return { headers, parts: new Map(parts), end: chunks.at(-1) };
}

describe('a composed mail', () => {
  it('headers: as given, encoded where they are not ASCII', () => {
    const { headers } = read(composeMail(mail));
    expect(headers.get('To')).toBe('ada@example.com');
    expect(headers.get('Message-ID')).toBe('<1.email@shop.example>');
    expect(headers.get('Auto-Submitted')).toBe('auto-generated');
    expect(headers.get('From')).toMatch(/^=\?UTF-8\?.*\?= <orders@shop\.example>$/);
    expect(headers.get('Subject')).toMatch(/^=\?UTF-8\?/);
    expect(headers.has('Date')).toBe(true);
  });

  it('text and HTML: arrive as written, with the line ends of mail', () => {
    const { parts, end } = read(composeMail(mail));
    expect([...parts.keys()]).toEqual(['text/plain', 'text/html']);
    expect(parts.get('text/plain')).toBe(mail.text.replaceAll('\n', '\r\n'));
    expect(parts.get('text/html')).toBe(mail.html.replaceAll('\n', '\r\n'));
    expect(end).toBe('--\r\n');
  });

  it('on the wire: ASCII, no line over 998 characters and none of content over 76', () => {
    const content = composeMail({ ...mail, text: 'ä'.repeat(10_000) });
    expect(content.every((byte) => byte < 128)).toBe(true);
    expect(
      Math.max(
        ...content
          .toString()
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(78);
  });

  it('an address with the signs of a list in it: one recipient', () => {
    const { headers } = read(composeMail({ ...mail, to: 'a,b@example.com' }));
    expect(headers.get('To')).toBe('<"a,b"@example.com>');
  });

  it('a subject with line ends in it: starts no header of its own', () => {
    const { headers } = read(composeMail({ ...mail, subject: 'Hello\r\nBcc: eve@example.com' }));
    expect(headers.has('Bcc')).toBe(false);
    expect(headers.get('Subject')).toContain('Bcc: eve@example.com');
  });
});
