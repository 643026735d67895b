import { readIdempotencyKey } from '../../src/idempotency/idempotency-key.rules.ts';

describe('readIdempotencyKey', () => {
  it('no header: no key', () => {
    expect(readIdempotencyKey(undefined)).toEqual({ kind: 'none' });
  });

  it.each(['k', 'a key with spaces', '"quoted"', '~!@#', 'x'.repeat(255)])('%s: a key, as it is', (key) => {
    expect(readIdempotencyKey(key)).toEqual({ kind: 'key', key });
  });

  it.each(['', 'x'.repeat(256), 'caf\u00e9', 'tab\there', 'null\u0000', '\u007f'])('%j: invalid', (key) => {
    expect(readIdempotencyKey(key)).toEqual({ kind: 'invalid' });
  });
});
