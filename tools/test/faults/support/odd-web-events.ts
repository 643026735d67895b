import {
  encodeRecord,
  newEvent,
  productViewed,
  uuidv7,
  webEvents,
  type EventOf,
  type OutgoingRecord,
} from '@orderstream/events';

interface Counts {
  /** Events of one session. */
  readonly session: number;
  /** How often one and the same event is there. */
  readonly repeats: number;
  /** Events whose clock is a year off, or thirty, either way. */
  readonly clocksOff: number;
  /** Records that are no web event. */
  readonly unreadable: number;
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const YEARS_OFF = [-30, -1, 1, 30] as const;
const UNREADABLE = ['{', '', '[]', '{"event_type": "page.viewed"}'] as const;

/** What no browser sends, and what a topic that anybody may write to holds sooner or later. */
export class OddWebEvents {
  readonly #counts: Counts;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  get clocksOff(): number {
    return this.#counts.clocksOff;
  }

  get unreadable(): number {
    return this.#counts.unreadable;
  }

  get records(): number {
    const { session, repeats, clocksOff, unreadable } = this.#counts;
    return session + repeats + clocksOff + unreadable;
  }

  /** How many of them the warehouse has to keep: the repeated one once. */
  get kept(): number {
    return this.#counts.session + this.#counts.clocksOff + 1;
  }

  /** All of them, mixed. */
  *all(): Generator<OutgoingRecord> {
    const { session, repeats, clocksOff, unreadable } = this.#counts;
    const again = encodeRecord(productViewed, view('repeated'));
    for (let index = 0; index < Math.max(session, repeats, clocksOff, unreadable); index += 1) {
      if (index < session) yield encodeRecord(productViewed, view('longest'));
      if (index < repeats) yield again;
      if (index < clocksOff) {
        const years = YEARS_OFF[index % YEARS_OFF.length] as number;
        yield encodeRecord(productViewed, view(`off-${index}`, Date.now() + years * YEAR_MS));
      }
      if (index < unreadable) {
        const value = UNREADABLE[index % UNREADABLE.length] as string;
        yield { topic: webEvents.name, key: uuidv7(), value, headers: {} };
      }
    }
  }
}

function view(session_id: string, toldMs = Date.now()): EventOf<typeof productViewed> {
  const properties = { sku: 'COFFEE-1KG', unit_amount: 1890, currency: 'EUR' as const };
  const timestamp = new Date(toldMs).toISOString();
  return newEvent(productViewed, { session_id, properties }, { source: 'faults-test', timestamp });
}
