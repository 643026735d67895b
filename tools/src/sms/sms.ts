import { randomBytes } from 'node:crypto';
import type { RecordLog, Selection, StoredRecord } from '../catchers/record-log.ts';

/** A caught SMS as the catcher's own API and page give it. */
export interface Sms {
  readonly sid: string;
  readonly account_sid: string;
  readonly to: string;
  /** null when a messaging service was to choose the sender. */
  readonly from: string | null;
  readonly messaging_service_sid: string | null;
  readonly body: string;
  readonly num_segments: number;
  /** Kept and shown; the catcher calls nobody back. */
  readonly status_callback: string | null;
  readonly received_at: string;
}

export const RECIPIENT_PREFIX = 'to:';

export function recipientKey(to: string): string {
  return RECIPIENT_PREFIX + to;
}

/** `SM` and 32 hexadecimal digits, as Twilio's are. */
export function newSid(): string {
  return `SM${randomBytes(16).toString('hex')}`;
}

/** Resolves once the message is in the file. */
export async function storeSms(log: RecordLog, sms: Sms): Promise<void> {
  const keys = [recipientKey(sms.to), sidKey(sms.sid)];
  await log.append({ keys, meta: {}, body: [Buffer.from(JSON.stringify(sms))] });
}

export async function findSms(log: RecordLog, sid: string): Promise<Sms | undefined> {
  const [number] = log.select({ key: sidKey(sid) }, { limit: 1, offset: 0 }).numbers;
  const record = number === undefined ? undefined : await log.read(number);
  return record && readSms(record);
}

/** The messages of these numbers, one read at a time; one that was deleted meanwhile is left out. */
export async function* readAll(log: RecordLog, numbers: readonly number[]): AsyncGenerator<Sms> {
  for (const number of numbers) {
    const record = await log.read(number);
    if (record) yield readSms(record);
  }
}

/** How many of the selected messages arrived on that day (`2026-06-13`, UTC) or later. They lie in the order in which they arrived. */
export async function countSince(log: RecordLog, selection: Selection, day: string): Promise<number> {
  let [low, high] = [0, log.select(selection, { limit: 0, offset: 0 }).total];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { numbers } = log.select(selection, { limit: 1, offset: middle });
    const { value: sms } = (await readAll(log, numbers).next()) as IteratorResult<Sms, undefined>;
    if (sms !== undefined && sms.received_at >= day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A phone number out of a query string, where a bare `+` arrives as a space. */
export function fromQuery(text: string): string {
  return text.replace(/^ /, '+').trim();
}

function sidKey(sid: string): string {
  return `sid:${sid}`;
}

function readSms({ body }: StoredRecord): Sms {
  return JSON.parse(body.toString()) as Sms;
}
