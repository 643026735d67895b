import { createHash } from 'node:crypto';

/** Crockford's: nothing in it is taken for something else. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;

/**
 * Our own name of an SMS, made of what never changes about it. It stands in the text, the one part of a message that Twilio's API gives
 * back, so that the gateway can be asked for it. 50 bits: among the messages of one number nobody will meet the same twice.
 */
export function referenceOf(messageId: string): string {
  const hash = createHash('sha256').update(messageId).digest();
  return Array.from(hash.subarray(0, LENGTH), (byte) => DIGITS[byte % DIGITS.length]).join('');
}
