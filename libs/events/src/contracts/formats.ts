import Format from 'typebox/format';
import { Settings } from 'typebox/system';
import { isUuidv7 } from '../uuidv7.ts';
import { isCurrency } from './currencies.ts';

const TIMESTAMP = /^\d{4}-\d\d-(\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
/** Every month has these; only a later day may be one that the month does not have. */
const LAST_SURE_DAY = '28';

/** RFC 3339 in UTC, and a day that exists: `2026-02-30` passes `Date.parse` but no database. */
export function isUtcTimestamp(text: string): boolean {
  const day = TIMESTAMP.exec(text)?.[1];
  if (day === undefined) return false;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) return false;
  return day <= LAST_SURE_DAY || new Date(timeMs).toISOString().startsWith(text.slice(0, 10));
}

const LOCAL_PART = String.raw`[^\s@<>"(),:;[\]\\]+`;
/** Of a domain, in any script: marks are part of many letters (भारत). No hyphen at either end. */
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?`;

/** One `@`, something before it, a domain of at least two labels after it, ≤ 254 (RFC 5321 §4.5.3.1.3); nothing cleverer is knowable without sending. */
const NEW_EMAIL = new RegExp(String.raw`^${LOCAL_PART}@(?:${LABEL}\.)+(?=..)${LABEL}$`, 'u');
/** The same, but for hyphens around the last label: with these, addresses were accepted once, and stand in the log. */
const EMAIL = new RegExp(String.raw`^${LOCAL_PART}@(?:${LABEL}\.)+[\p{L}\p{N}-][\p{L}\p{M}\p{N}-]+$`, 'u');

/** An address that is given now. */
export function isNewEmail(text: string): boolean {
  return text.length <= 254 && NEW_EMAIL.test(text);
}

/** An address in a record. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text);
}

/** Text that PostgreSQL takes and UTF-8 can say: no NUL, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** RFC 5646, as the runtime's own locale data reads it. */
export function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

Format.Set('uuidv7', isUuidv7);
Format.Set('storable-text', isStorableText);
Format.Set('bcp-47', isLocale);
Format.Set('utc-timestamp', isUtcTimestamp);
Format.Set('iso-4217', isCurrency);
Format.Set('email-address', isEmail);
Format.Set('new-email-address', isNewEmail);
// TypeBox stops at 8 mistakes by default; a caller who repairs a body wants to see them all (REST names at most 50).
Settings.Set({ maxErrors: 50 });
