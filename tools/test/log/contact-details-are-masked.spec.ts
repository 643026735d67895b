import { runInNewContext } from 'node:vm';
import { newEvent, userRegistered } from '@orderstream/events';
import { MASK, textWithoutContacts, withoutContacts } from '../../src/log/masked.ts';
import { recordDocument, recordLine } from '../../src/tail/record-line.ts';

const MEGABYTE = 2 ** 20;
const TAILED = { topic: 'users', partition: 0, offset: 0, timestampMs: 0, headers: {} };

describe('what is shown of a record', () => {
  it('contact details wherever they stand: masked; the rest as it is', () => {
    const payload = {
      order_id: '019a',
      contact: { email: 'ada@example.com', phone: '+4915112345678' },
      users: [{ user_id: 'ada', email: 'ada@example.com', name: 'Ada', phone: null }],
      reason: 'write to ada@example.com or call +4915112345678 (order 019a)',
      amount_total: 450,
      message_id: '<019a.email@orderstream.example>',
    };
    expect(withoutContacts(payload)).toEqual({
      order_id: '019a',
      contact: { email: '•••', phone: '•••' },
      users: [{ user_id: 'ada', email: '•••', name: '•••', phone: null }],
      reason: 'write to ••• or call ••• (order 019a)',
      amount_total: 450,
      message_id: '<019a.email@orderstream.example>',
    });
  });

  it('a value that is no JSON: what looks like a detail is masked', () => {
    expect(textWithoutContacts('{"email": "ada@example.com", "phone": "+4915112345678"')).toBe(
      '{"email": "•••", "phone": "•••"',
    );
  });

  it('JSON that is broken off: what stands under the keys is masked all the same', () => {
    expect(textWithoutContacts('{"user_id":"eve","name":"Eve \\"E\\" Secret","phone" : "0151 123')).toBe(
      '{"user_id":"eve","name":"•••","phone" : "•••',
    );
  });

  it.each([
    ['behind a scheme', 'mailto:ada@example.com?subject=hi', 'mailto:•••'],
    ['among others', 'to=ada@example.com:25, <bob@example.com>; "eve@x"', '•••, <•••>; "•••"'],
    ['twice an @', 'ada@x@y :@ :@b@c', '••• :@ :•••'],
    ['longer than any mail system takes', `${'long'.repeat(1_000)}@example.com`, '•••'],
    ['none, for all its @', '@ @ada ada@ :@: ada:@x', '@ @ada ada@ :@: ada:@x'],
  ])('an address in a text, %s: it alone is masked', (_, text, shown) => {
    expect(textWithoutContacts(text)).toBe(shown);
  });

  // What retries each beginning is busy with one of these for a quarter of an hour, and has to be cut off from outside.
  it.each([
    ['no address', 'a'.repeat(MEGABYTE), 'a'.repeat(MEGABYTE)],
    ['nothing but @', '@'.repeat(MEGABYTE), MASK],
    ['a@ without end', 'a@'.repeat(MEGABYTE / 2), MASK],
    [':@ without end', ':@'.repeat(MEGABYTE / 2), ':@'.repeat(MEGABYTE / 2)],
    ['+ without end', '+'.repeat(MEGABYTE), '+'.repeat(MEGABYTE)],
    ['digits without end', `+${'1'.repeat(MEGABYTE)}`, `+${'1'.repeat(MEGABYTE)}`],
    ['a name that never ends', `"name":"${'\\"'.repeat(MEGABYTE / 2)}`, `"name":"${MASK}`],
    ['names without end', '"name" '.repeat(MEGABYTE / 8), '"name" '.repeat(MEGABYTE / 8)],
    ['a name and a gap', `"name"${' '.repeat(MEGABYTE)}`, `"name"${' '.repeat(MEGABYTE)}`],
  ])('a megabyte of %s: masked within seconds', (_, text, shown) => {
    const masked: unknown = runInNewContext(
      'mask(text)',
      { mask: textWithoutContacts, text },
      { timeout: 30_000 },
    );
    // Not toBe: it would print both.
    expect(masked === shown).toBe(true);
  });

  it('each event that says who somebody is: nothing of it is shown', () => {
    const payload = {
      user_id: 'ada',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      phone: '+4915112345678',
    };
    const event = newEvent(userRegistered, { ...payload, locale: 'de' }, { source: 'order-api' });
    const record = {
      ...TAILED,
      key: Buffer.from('ada@example.com'),
      value: Buffer.from(JSON.stringify(event)),
    };
    for (const shown of [recordLine(record, {}), JSON.stringify(recordDocument(record, {}))]) {
      expect(shown).not.toMatch(/ada@|Lovelace|49151/);
      expect(shown).toContain('"user_id":"ada","email":"•••","name":"•••","phone":"•••","locale":"de"');
    }
    expect(recordLine(record, { showContacts: true })).toContain('Ada Lovelace');
  });
});
