import { createHash } from 'node:crypto';

export interface ContactTrace {
  /** Tells contacts apart without telling them: the SHA-256 of the address in lower case, or of the number, in hex. */
  readonly key: string;
  readonly kind: 'email' | 'phone';
  /** For people: enough to recognise an address one has before one's eyes. */
  readonly masked: string;
}

/** Upper and lower case in an address are one mailbox nearly everywhere, and a cheap disguise. */
export function tracesOf(contact: { readonly email?: string; readonly phone?: string } = {}): ContactTrace[] {
  const { email, phone } = contact;
  return [
    ...(email === undefined ? [] : [trace('email', email.toLowerCase(), maskedEmail(email))]),
    ...(phone === undefined ? [] : [trace('phone', phone, maskedPhone(phone))]),
  ];
}

function trace(kind: ContactTrace['kind'], text: string, masked: string): ContactTrace {
  return { key: createHash('sha256').update(text).digest('hex'), kind, masked };
}

function maskedEmail(email: string): string {
  const [first = ''] = email;
  return `${first}…${email.slice(email.lastIndexOf('@'))}`;
}

/** Its last two digits, as far as it has more of them. */
function maskedPhone(phone: string): string {
  return phone.length > 6 ? `+…${phone.slice(-2)}` : '+…';
}
