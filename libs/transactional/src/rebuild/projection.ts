import type { ConsumerGroup, HandleEvents } from '@orderstream/events';
import type { Queryable } from '../database/transaction.ts';

/** A table that a group's handler fills, and nobody else. */
export interface ProjectionTable {
  readonly name: string;
  /** Its primary key. */
  readonly key: readonly string[];
  /** What the database numbers itself: neither compared nor taken over. Rows come in their order. */
  readonly numbered?: string;
}

/** Where the tables are: the ones people read, and the ones that are being built. */
export interface ExchangeContext {
  readonly live: string;
  readonly shadow: string;
  /** Where the rows go that are replaced: a table for each, from `finish` on. */
  readonly kept: string;
}

export interface CarryOver extends ExchangeContext {
  /** What was accepted before, RFC 3339, may have events that are in the log no longer; what came later has none. */
  readonly before: string;
  /** The handler on the shadow's tables. */
  readonly handle: HandleEvents;
}

/** What a service can have rebuilt from the log. Its handler must be harmless to repeat and emit nothing that is missed. */
export interface Projection {
  /** The service's name. */
  readonly service: string;
  /** The schema of its positions and open dead letters. */
  readonly ownSchema: string;
  readonly group: ConsumerGroup;
  /** The schema of the tables. */
  readonly live: string;
  readonly tables: readonly ProjectionTable[];
  /** The object whose `@OnEvents` methods fill the tables of that schema, which is also first in the search_path. */
  readonly handler: (schema: string) => object;
  /**
   * Brings into the shadow what only the live tables know: whole rows and parts of rows whose events the log has lost. Nothing else
   * writes to the shadow meanwhile. @returns how many rows
   */
  readonly carryOver: (tx: Queryable, context: CarryOver) => Promise<number>;
  /** Work ahead of the exchange that needs no lock; nothing else writes to the shadow meanwhile. */
  readonly prepare?: (tx: Queryable, context: ExchangeContext) => Promise<void>;
  /** The rest of the exchange, in its transaction: what comparing rows cannot do. */
  readonly finish?: (tx: Queryable, context: ExchangeContext) => Promise<void>;
}
