import {
  positionText,
  uuidv7,
  type ConsumerGroup,
  type OutgoingRecord,
  type RecordPosition,
} from '@orderstream/events';
import { headerOf, positionText as whereIs, type LogRecord } from '../../../src/log/log-record.ts';
import { goodOrder, parkedConfirmation, POISON, poisonWithSuccessors, type Planned } from './poison.ts';
import type { Expected } from './wrong-dead-letters.ts';

const KINDS = Object.values(POISON);
/** One in so many has somebody to write to. */
const CONTACT_EVERY = 20;

export interface Round {
  /** How many good orders there are in it. */
  readonly good: number;
  readonly records: Iterable<OutgoingRecord>;
  /** To be told where each record came to lie. */
  readonly onSent: (record: OutgoingRecord, at: RecordPosition) => void;
}

/** Good orders, poison between them at even distances, and where all the poison came to lie. */
export class PoisonPlan {
  readonly goodIds: string[] = [];
  /** Keys of poison records, which no good order has. */
  readonly poisonKeys = new Set<string>();
  readonly positions = new Map<Planned, RecordPosition>();
  readonly #planned = new Map<OutgoingRecord, Planned>();
  #kind = 0;

  round(good: number, poison: number, withSuccessors: number): Round {
    const count = Math.round(good);
    return {
      good: count,
      records: this.#records(
        count,
        bunches(poison, withSuccessors, () => this.#kind++),
      ),
      onSent: (record, at) => {
        const planned = this.#planned.get(record);
        if (planned !== undefined) this.positions.set(planned, at);
      },
    };
  }

  *#records(good: number, poison: readonly (readonly Planned[])[]): Generator<OutgoingRecord> {
    let begun = 0;
    for (let index = 0; index < good; index += 1) {
      const orderId = uuidv7();
      this.goodIds.push(orderId);
      const contact = index % CONTACT_EVERY === 0 ? { contact: { email: `${orderId}@example.com` } } : {};
      yield goodOrder(orderId, contact);
      for (; begun < (poison.length * (index + 1)) / good; begun += 1) {
        for (const planned of poison[begun] ?? []) {
          this.poisonKeys.add(planned.record.key);
          this.#planned.set(planned.record, planned);
          yield planned.record;
        }
      }
    }
  }
}

function bunches(poison: number, withSuccessors: number, nextKind: () => number): (readonly Planned[])[] {
  const every = Math.ceil(poison / withSuccessors);
  return Array.from({ length: Math.round(poison) }, (_, index) => {
    const kind = nextKind();
    const plan = index % every === 0 ? poisonWithSuccessors : KINDS[kind % KINDS.length];
    return plan?.(kind) ?? [];
  });
}

/**
 * By group, what it has to have given up, by position. The topic holds what the test did not put there, too: the confirmation of the
 * first of two orders under one id, which is parked where the second one died.
 */
export async function expectedDeadLetters(
  plan: PoisonPlan,
  topic: AsyncIterable<LogRecord>,
): Promise<Map<ConsumerGroup, Map<string, Expected>>> {
  const planned = new Map([...plan.positions].map(([each, at]) => [positionText(at), each]));
  const conflicts = new Map<string, RecordPosition>();
  for (const [{ record, dead }, at] of plan.positions) {
    if (dead.worker === 'conflict') conflicts.set(record.key, at);
  }
  const expected = new Map<ConsumerGroup, Map<string, Expected>>();
  const expect = (dead: Planned['dead'], source: LogRecord, behind: RecordPosition | undefined): void => {
    for (const [group, reason] of Object.entries(dead) as [ConsumerGroup, Expected['reason']][]) {
      const ofGroup = expected.get(group) ?? new Map<string, Expected>();
      expected.set(group, ofGroup.set(whereIs(source), { reason, source, behind }));
    }
  };
  for await (const source of topic) {
    const each = planned.get(whereIs(source));
    const conflict = conflicts.get(source.key?.toString() ?? '');
    if (each !== undefined) expect(each.dead, source, each.behind && plan.positions.get(each.behind));
    else if (conflict !== undefined && headerOf(source, 'event-type') === 'order.confirmed')
      expect(parkedConfirmation, source, conflict);
  }
  return expected;
}
