import { readFileSync } from 'node:fs';
import { orderCreated, type EventOf } from '../src/index.ts';

const golden = JSON.parse(
  readFileSync(new URL('golden/order.created.v1.json', import.meta.url), 'utf8'),
) as EventOf<typeof orderCreated>;

function withSku(sku: string): unknown {
  const { payload } = golden;
  return { ...golden, payload: { ...payload, items: [{ ...payload.items[0], sku }] } };
}

describe('text that no database keeps: breaks the contract, so one record is given up and not its batch', () => {
  it.each([
    ['NUL', 'a\0b'],
    ['the first half of a surrogate pair', 'a\ud83db'],
    ['the second half of a surrogate pair', '\ude00'],
  ])('%s: is refused', (_, sku) => {
    expect(orderCreated.violations(withSku(sku))).toEqual([
      { pointer: '/payload/items/0/sku', rule: expect.stringContaining('storable-text') as string },
    ]);
  });

  it('emoji, right-to-left and combining characters, a line break: are text', () => {
    for (const sku of ['\u{1f600}', '\u05e9\u05dc\u05d5\u05dd', 'e\u0301', 'a\nb']) {
      expect(orderCreated.accepts(withSku(sku))).toBe(true);
    }
  });
});
