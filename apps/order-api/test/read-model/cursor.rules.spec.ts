import { uuidv7 } from '@orderstream/events';
import { decodeCursor, encodeCursor } from '../../src/read-model/cursor.rules.ts';

describe('a cursor', () => {
  it('made from an order id: leads back to it', () => {
    const orderId = uuidv7();
    expect(decodeCursor(encodeCursor(orderId))).toBe(orderId);
  });

  it.each([
    ['empty', ''],
    ['an order id in plain text', uuidv7()],
    ['too short', encodeCursor(uuidv7()).slice(1)],
    ['too long', encodeCursor(uuidv7()) + 'A'],
    ['not base64url', encodeCursor(uuidv7()).slice(0, -1) + '+'],
    ['no UUIDv7 inside', Buffer.alloc(16).toString('base64url')],
    ['SQL', "' OR 1=1 --"],
  ])('%s: refused', (_, cursor) => {
    expect(decodeCursor(cursor)).toBeUndefined();
  });
});
