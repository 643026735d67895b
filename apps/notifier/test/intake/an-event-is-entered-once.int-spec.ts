import { received, type Envelope, type HandleEvents, type ReceivedEvent } from '@orderstream/events';
import { Outbox, OutboxBell, PostgresEffects } from '@orderstream/transactional';
import { TakeEvents } from '../../src/intake/take-events.ts';
import { QueueBell } from '../../src/ledger/queue-bell.ts';
import { PeopleStore } from '../../src/people/people-store.ts';
import { confirmation } from '../support/confirmation.ts';
import { PLAN } from '../support/planning.ts';
import { useTestLedger } from '../support/test-ledger.ts';

describe('events on their way into the ledger, on real PostgreSQL', () => {
  const own = useTestLedger();
  let effects: PostgresEffects;
  let handle: HandleEvents;
  let takeEvents: TakeEvents;
  let rings: number;

  beforeEach(() => {
    effects = new PostgresEffects(own.database, new Outbox('notifier', new OutboxBell(own.database)));
    const bell = new QueueBell();
    rings = 0;
    bell.onRing(() => (rings += 1));
    takeEvents = new TakeEvents(own.ledger, new PeopleStore(), bell, PLAN);
    handle = takeEvents.takeOrders.bind(takeEvents) as HandleEvents;
  });

  /** As the engine delivers them: consecutive records of a partition. */
  const deliver = (events: readonly Envelope[], firstOffset: number, topic = 'orders') =>
    effects.apply(
      {
        group: 'notifier',
        topic,
        partition: 0,
        firstOffset,
        nextOffset: firstOffset + events.length,
        events: events.map((event, index) => at(event, firstOffset + index)),
      },
      handle,
    );
  const at = (event: Envelope, offset: number): ReceivedEvent =>
    received(structuredClone(event), { offset, traceparent: undefined });

  it('a record is delivered twice: one row', async () => {
    const event = confirmation('ada@example.com');
    expect(await deliver([event], 0)).toEqual({ kind: 'applied' });
    expect(await deliver([event], 0)).toMatchObject({ kind: 'moved-on' });
    expect(await own.rows()).toHaveLength(1);
    expect(rings).toBe(1);
  });

  it('the same event at other offsets, in one batch and in a later one: one row', async () => {
    const event = confirmation('ada@example.com');
    await deliver([event, event], 0);
    await deliver([event], 2);
    expect(await own.rows()).toMatchObject([{ event_id: event.event_id, state: 'queued', attempts: 0 }]);
    expect(rings).toBe(1);
  });

  it('an event of a mail that went out comes again: it stays sent', async () => {
    const event = confirmation('ada@example.com');
    await deliver([event], 0);
    const [claim] = await own.ledger.turn({ channel: 'email', owner: 'a', settlements: [], limit: 1 });
    const { notification_id = '', attempts = 0 } = claim ?? {};
    const sent = { notification_id, attempts, state: 'sent' as const, delayMs: 0, reason: undefined };
    await own.ledger.turn({ channel: 'email', owner: 'a', settlements: [sent], limit: 0 });
    await deliver([event], 1);
    expect(await own.rows()).toMatchObject([{ state: 'sent', attempts: 1 }]);
  });

  it('the same order confirmed by another event: nobody is told twice', async () => {
    const first = confirmation('ada@example.com');
    const { order_id } = first.payload;
    await deliver([first, confirmation('ada@example.com', order_id)], 0);
    await deliver([confirmation('other@example.com', order_id)], 2);
    expect(await own.rows()).toMatchObject([{ event_id: first.event_id, recipient: 'ada@example.com' }]);
  });

  it('no e-mail address: suppressed, with its reason, once, and no sender is woken', async () => {
    const event = confirmation();
    await deliver([event, event], 0);
    await deliver([event], 2);
    expect(await own.rows()).toMatchObject([
      { state: 'suppressed', recipient: null, reason_code: 'no-recipient' },
    ]);
    expect(rings).toBe(0);
  });

  it('an event comes again, and there is a number by now: nobody is told by SMS of what is long past', async () => {
    const event = confirmation('ada@example.com');
    await deliver([event], 0);
    const contact = { ...event.payload.contact, phone: '+4930123456' };
    await deliver([{ ...event, payload: { ...event.payload, contact } }], 1);
    expect(await own.rows()).toMatchObject([{ channel: 'email' }]);
  });

  it('the transaction is rolled back: no row, and no sender is woken', async () => {
    const attempt = effects.apply(
      {
        group: 'notifier',
        topic: 'orders',
        partition: 0,
        firstOffset: 0,
        nextOffset: 1,
        events: [at(confirmation('ada@example.com'), 0)],
      },
      async (events, tx) => {
        await handle(events, tx);
        throw new Error('something after it failed');
      },
    );
    await expect(attempt).rejects.toThrow('something after it failed');
    expect(await own.rows()).toEqual([]);
    expect(rings).toBe(0);
  });

  it('the same events from the topic and from the retry topic at the same time: one row each', async () => {
    const events = Array.from({ length: 200 }, (_, index) => confirmation(`c-${index}@example.com`));
    await Promise.all([deliver(events, 0), deliver(events, 0, 'orders.notifier.retry')]);
    expect(await own.rows()).toHaveLength(200);
  });

  it('the largest amount there is: arrives unchanged at the sender', async () => {
    const event = confirmation('ada@example.com');
    const payload = { ...event.payload, amount_total: Number.MAX_SAFE_INTEGER };
    await deliver([{ ...event, payload }], 0);
    const [claim] = await own.ledger.turn({ channel: 'email', owner: 'a', settlements: [], limit: 1 });
    expect(claim).toMatchObject({ attempts: 1, data: { amount_total: Number.MAX_SAFE_INTEGER } });
  });
});
