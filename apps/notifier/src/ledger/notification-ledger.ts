import { Inject, Injectable } from '@nestjs/common';
import {
  bigintArray,
  Database,
  jsonbArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Queryable,
  type Transaction,
} from '@orderstream/transactional';
import type { Revised, Suppressed, ToldByMail } from '../intake/plan-notifications.rules.ts';
import type { Registered } from '../people/registrations.rules.ts';
import type { Reason } from '../sending/outcome.ts';
import { SMS_TEMPLATES } from '../sms/render-sms.ts';
import type { Channel, ClaimedNotification, NotificationState, PlannedNotification } from './notification.ts';
import {
  ADD,
  ADD_BESIDE,
  CLAIM,
  EXPIRE,
  FIND_WITHOUT_CUSTOMER,
  FIND_WITHOUT_NUMBER,
  FIND_WITHOUT_ORDER,
  GIVE_BACK,
  LIST_OPEN,
  PUT_BEHIND,
  REVISE,
  SETTLE,
} from './statements.ts';

export interface AddedNotification {
  readonly channel: Channel;
  readonly state: PlannedNotification['state'];
}

/** How a claim has ended: the state its row gets. */
export interface Settlement {
  readonly notification_id: string;
  /** The claim's; a later claim of the same row is left alone. */
  readonly attempts: number;
  readonly state: Exclude<NotificationState, 'sending' | 'suppressed'>;
  /** When it is due again, ms from now; only for `queued`. */
  readonly delayMs: number;
  readonly reason: Reason | undefined;
  /** What the gateway calls the message; only for `sent`. */
  readonly gatewayId?: string | undefined;
  /** It may have gone out, although it is to be tried again. */
  readonly isInDoubt?: boolean | undefined;
  /** Whether the time in which it is told "not now" goes on (or begins), or is over; undefined: neither. */
  readonly deferral?: 'goes on' | 'over' | undefined;
}

/** What one sender writes and takes in one go. */
export interface Turn {
  readonly channel: Channel;
  readonly owner: string;
  readonly settlements: readonly Settlement[];
  /** At most so many are claimed. */
  readonly limit: number;
}

export interface OpenNotifications {
  readonly channel: Channel;
  readonly state: 'queued' | 'sending' | 'unknown' | 'failed';
  readonly count: number;
  /** How long the oldest one that is due has waited, seconds; 0 in other states. */
  readonly oldest_due_seconds: number;
}

/** The send ledger in PostgreSQL, set-based. Safe to use from any number of processes at once. */
@Injectable()
export class NotificationLedger {
  constructor(@Inject(Database) private readonly database: Database) {}

  /**
   * Enters what is not in the ledger yet: an event that comes again, or an order that is confirmed again, adds nothing.
   * @returns the rows that were added
   */
  add(tx: Transaction, planned: readonly PlannedNotification[]): Promise<AddedNotification[]> {
    return this.#add(tx, ADD, planned);
  }

  /** Enters messages of events that have others in the ledger already. @returns the rows that were added */
  addBeside(tx: Transaction, planned: readonly PlannedNotification[]): Promise<AddedNotification[]> {
    return this.#add(tx, ADD_BESIDE, planned);
  }

  async #add(
    tx: Transaction,
    statement: string,
    planned: readonly PlannedNotification[],
  ): Promise<AddedNotification[]> {
    if (planned.length === 0) return [];
    const { rows } = await tx.query<AddedNotification>(statement, [
      uuidArray(planned.map(({ event_id }) => event_id)),
      textArray(planned.map(({ channel }) => channel)),
      textArray(planned.map(({ recipient }) => recipient)),
      textArray(planned.map(({ template }) => template)),
      jsonbArray(planned.map(({ data }) => JSON.stringify(data))),
      textArray(planned.map(({ locale }) => locale)),
      uuidArray(planned.map(({ order_id }) => order_id)),
      textArray(planned.map(({ customer_id }) => customer_id)),
      textArray(planned.map(({ about }) => about)),
      timestamptzArray(planned.map(({ happened_at }) => happened_at)),
      textArray(planned.map(({ message_id }) => message_id)),
      textArray(planned.map(({ state }) => state)),
      textArray(planned.map(({ reason_code }) => reason_code)),
      textArray(planned.map(({ reason_status }) => reason_status)),
    ]);
    return rows;
  }

  /** What was suppressed because nobody knew whose these orders are. */
  async withoutOrder(tx: Transaction, orderIds: readonly string[]): Promise<Suppressed[]> {
    const { rows } = await tx.query<Suppressed>(FIND_WITHOUT_ORDER, [uuidArray(orderIds)]);
    return rows;
  }

  /** What was suppressed because nobody knew how to reach these customers, although they had registered by then. */
  async withoutCustomer(tx: Transaction, registered: readonly Registered[]): Promise<Suppressed[]> {
    const { rows } = await tx.query<Suppressed>(FIND_WITHOUT_CUSTOMER, [
      textArray(registered.map(({ customer_id }) => customer_id)),
      timestamptzArray(registered.map(({ first_registered_at }) => first_registered_at)),
    ]);
    return rows;
  }

  /** What these customers were not told by SMS because nobody knew their number, although they had registered by then. */
  async withoutNumber(tx: Transaction, registered: readonly Registered[]): Promise<ToldByMail[]> {
    const { rows } = await tx.query<ToldByMail>(FIND_WITHOUT_NUMBER, [
      textArray(registered.map(({ customer_id }) => customer_id)),
      timestamptzArray(registered.map(({ registered_at }) => registered_at)),
      timestamptzArray(registered.map(({ number_since }) => number_since)),
      textArray(SMS_TEMPLATES),
    ]);
    return rows;
  }

  /** Gives suppressed messages what they lacked. @returns the rows as they are now */
  async revise(tx: Transaction, revised: readonly Revised[]): Promise<AddedNotification[]> {
    if (revised.length === 0) return [];
    const { rows } = await tx.query<AddedNotification>(REVISE, [
      bigintArray(revised.map(({ notification_id }) => Number(notification_id))),
      textArray(revised.map(({ recipient }) => recipient)),
      textArray(revised.map(({ customer_id }) => customer_id)),
      jsonbArray(revised.map(({ data }) => JSON.stringify(data))),
      textArray(revised.map(({ locale }) => locale)),
      textArray(revised.map(({ state }) => state)),
      textArray(revised.map(({ reason_code }) => reason_code)),
    ]);
    return rows;
  }

  /**
   * Writes how claims have ended and claims what is due, the longest waiting first, in one transaction. What it returns is this
   * owner's to send, once. Settling again what is settled changes nothing. Of an order's messages to one recipient only the earliest is
   * claimed; the next one can be as soon as that is settled, and not `queued` again.
   * @throws TransientError when the database is away; whether anything was written is then unknown
   */
  turn({ channel, owner, settlements, limit }: Turn): Promise<ClaimedNotification[]> {
    return this.database.transaction(async (tx) => {
      if (settlements.length > 0) void settle(tx, settlements);
      const putOff = settlements.filter(({ delayMs }) => delayMs > 0);
      if (putOff.length > 0) void tx.query(PUT_BEHIND, [idsOf(putOff)]);
      if (limit === 0) return [];
      const { rows } = await tx.query<ClaimedNotification>(CLAIM, [channel, owner, limit]);
      return rows;
    });
  }

  /** Returns to the queue what `owner` has claimed without knowing it: the answer to the claim was lost. Surely nothing of it was sent. */
  async giveBack(channel: Channel, owner: string, known: readonly string[]): Promise<number> {
    const { rowCount } = await this.database.query(GIVE_BACK, [channel, owner, known]);
    return rowCount;
  }

  /** Claims that nobody has reported on for `leaseMs` become `unknown`: their sender died in between. Returns how many. */
  async expire(channel: Channel, leaseMs: number): Promise<number> {
    const { rowCount } = await this.database.query(EXPIRE, [channel, leaseMs]);
    return rowCount;
  }

  /** Counts what is not done, or waits for a person. */
  async open(): Promise<OpenNotifications[]> {
    const { rows } = await this.database.query<OpenNotifications>(LIST_OPEN);
    return rows;
  }
}

function idsOf(settlements: readonly Settlement[]): ReturnType<typeof bigintArray> {
  return bigintArray(settlements.map(({ notification_id }) => Number(notification_id)));
}

/** Settling again what is settled changes nothing. */
export function settle(tx: Queryable, settlements: readonly Settlement[]): Promise<unknown> {
  return tx.query(SETTLE, [
    idsOf(settlements),
    bigintArray(settlements.map(({ attempts }) => attempts)),
    textArray(settlements.map(({ state }) => state)),
    bigintArray(settlements.map(({ delayMs }) => delayMs)),
    textArray(settlements.map(({ reason }) => reason?.code ?? null)),
    textArray(settlements.map(({ reason }) => reason?.status ?? null)),
    textArray(settlements.map(({ gatewayId }) => gatewayId ?? null)),
    settlements.map(({ isInDoubt }) => isInDoubt ?? false),
    textArray(settlements.map(({ deferral }) => deferral ?? null)),
  ]);
}
