import { Findings } from '../../support/broken-promises.ts';

/** A row of the send ledger. */
export interface LedgerRow {
  readonly channel: 'email' | 'sms';
  readonly order_id: string;
  readonly message_id: string;
  readonly state: string;
  readonly reason_code: string | null;
}

/** How often each message was caught: mails by their Message-ID, SMS by the order they name. */
export interface Caught {
  readonly mails: ReadonlyMap<string, number>;
  readonly sms: ReadonlyMap<string, number>;
}

/**
 * What the send ledger says otherwise than the catchers, in words; empty when they agree. A mail of unknown outcome may have been caught
 * or not; an SMS can be asked for, so one that is still unknown was not caught.
 */
export function disagreements(
  rows: readonly LedgerRow[],
  { mails, sms }: Caught,
  expected: ReadonlyMap<string, number>,
): string[] {
  const findings = new Findings();
  const known = new Set<string>();
  for (const { channel, order_id, message_id, state } of rows) {
    const key = channel === 'email' ? message_id : order_id;
    known.add(`${channel} ${key}`);
    const times = (channel === 'email' ? mails : sms).get(key) ?? 0;
    const allowed =
      state === 'sent' ? [1] : state === 'unknown' ? (channel === 'email' ? [0, 1] : [0]) : undefined;
    if (allowed === undefined) findings.add(`${channel} ${state}, which nothing asked for`, [order_id]);
    else if (!allowed.includes(times)) findings.add(`${channel} ${state}, caught ${times} times`, [order_id]);
  }
  for (const [channel, caught] of [
    ['email', mails],
    ['sms', sms],
  ] as const) {
    const strange = [...caught.keys()].filter((key) => !known.has(`${channel} ${key}`));
    findings.add(`${channel} caught, and not in the ledger`, strange);
  }
  const counted = Map.groupBy(rows, ({ order_id }) => order_id);
  for (const [orderId, count] of expected)
    if (counted.get(orderId)?.length !== count) findings.add('not told as often as it should be', [orderId]);
  return findings.sentences();
}
