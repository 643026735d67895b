import { domainToASCII } from 'node:url';

/** What a mail is found by: each recipient, and its Message-ID. */
export const RECIPIENT_PREFIX = 'to:';

export function recipientKey(address: string): string {
  return RECIPIENT_PREFIX + comparableAddress(address);
}

export function messageIdKey(messageId: string): string {
  return `id:${messageId.replace(/^<|>$/g, '')}`;
}

/**
 * The form in which addresses are compared: lower case, the domain as DNS has it (`a@münchen.example` and
 * `a@xn--mnchen-3ya.example` are one recipient).
 */
export function comparableAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const local = address.slice(0, at + 1);
  return (local + (domainToASCII(domain) || domain)).toLowerCase();
}

/** An address, or a part of one, out of a query string. A bare `+` arrives as a space there, and no address we catch has one. */
export function fromQuery(text: string): string {
  return text.trim().replaceAll(' ', '+');
}
