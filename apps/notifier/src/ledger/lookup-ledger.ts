import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@orderstream/transactional';
import type { Channel } from './notification.ts';
import { settle, type Settlement } from './notification-ledger.ts';
import { NOTE_ABSENT, RETURN_LOOKUPS, TAKE_LOOKUPS } from './statements.ts';

/** A message of unknown outcome that this process asks the gateway about now. */
export interface TakenLookup {
  readonly notification_id: string;
  readonly recipient: string;
  readonly message_id: string;
  readonly attempts: number;
  /** It was not sent before this day (UTC): `2026-06-13`. */
  readonly sent_since: string;
}

export interface TakeLookups {
  readonly channel: Channel;
  readonly limit: number;
  /** How long until the same one is asked about again; doubled each time. */
  readonly againAfterMs: number;
  /** How often at most. */
  readonly times: number;
}

/** The part of the ledger that knows what the gateway is still to be asked about. Safe to use from any number of processes at once. */
@Injectable()
export class LookupLedger {
  constructor(@Inject(Database) private readonly database: Database) {}

  async take({ channel, limit, againAfterMs, times }: TakeLookups): Promise<TakenLookup[]> {
    const { rows } = await this.database.query<TakenLookup>(TAKE_LOOKUPS, [
      channel,
      limit,
      againAfterMs,
      times,
    ]);
    return rows;
  }

  /** Writes what the gateway said. A row that a person has decided on meanwhile is left alone. */
  async settle(settlements: readonly Settlement[]): Promise<void> {
    if (settlements.length > 0) await settle(this.database, settlements);
  }

  /** They were asked for and are not there: they stay as they are. */
  async noteAbsent(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.database.query(NOTE_ABSENT, [ids]);
  }

  /** They could not be asked about: that does not count as a time. */
  async giveBack(ids: readonly string[], againAfterMs: number): Promise<void> {
    if (ids.length > 0) await this.database.query(RETURN_LOOKUPS, [ids, againAfterMs]);
  }
}
