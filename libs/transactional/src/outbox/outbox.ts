import {
  encodeRecord,
  newEvent,
  newTraceparent,
  type Emission,
  type OutgoingRecord,
} from '@orderstream/events';
import type { Transaction } from '../database/transaction.ts';
import type { OutboxBell } from './outbox-bell.ts';
import { rowsOf } from './outbox-rows.ts';

const INSERT = {
  name: 'orderstream.insert-outbox',
  text: 'INSERT INTO outbox (topic, record_count, records) VALUES ($1, $2, $3)',
};

/** Where events wait to be published, as part of the transaction that caused them. */
export class Outbox {
  readonly #source: string;
  readonly #bell: OutboxBell;

  /** @param source the service that will be named as the events' origin */
  constructor(source: string, bell: OutboxBell) {
    this.#source = source;
    this.#bell = bell;
  }

  /**
   * Has the events published once `tx` has committed, in this order per key. Does not wait: the rows travel with the next statement
   * or with COMMIT, which reports their failure. To be called after the rows the events speak of are locked or written: that makes
   * the order of the outbox the order of the commits.
   * @throws ContractViolation when a payload breaks its contract; nothing is written then
   */
  emit(tx: Transaction, emissions: readonly Emission[]): void {
    if (emissions.length === 0) return;
    // Text and numbers only: a parameter the driver could not encode would be left out of the transaction it belongs to.
    for (const { topic, record_count, records } of rowsOf(emissions.map((one) => this.#record(one)))) {
      void tx.query(INSERT, [topic, record_count, records]);
    }
    tx.afterCommit(() => this.#bell.ring());
  }

  #record({ contract, payload, cause, traceparent }: Emission): OutgoingRecord {
    const event = newEvent(contract, payload as never, { source: this.#source, cause });
    // Where nothing caused it, or the cause came without one, the trace begins here.
    return encodeRecord(contract, event as never, traceparent ?? newTraceparent());
  }
}
