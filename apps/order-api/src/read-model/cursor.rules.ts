import { isUuidv7 } from '@orderstream/events';

/** A cursor is where the last page ended: the order's id, in a form that invites nobody to make one up. */
export function encodeCursor(orderId: string): string {
  return Buffer.from(orderId.replaceAll('-', ''), 'hex').toString('base64url');
}

/** Undefined for what `encodeCursor` never made. */
export function decodeCursor(cursor: string): string | undefined {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const orderId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isUuidv7(orderId) && encodeCursor(orderId) === cursor ? orderId : undefined;
}
