import {
  emit,
  offsetOf,
  orderConfirmed,
  PermanentError,
  TransientError,
  type HandleEvents,
} from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import type { Database, PostgresEffects, Transaction } from '../src/index.ts';
import { confirmation, newPartition, openShop, orderCreatedAt, runOf, type Shop } from './fixture.ts';

/** Notes every event's offset in the table `effects` and confirms it. */
const noteAndConfirm: HandleEvents = async (events, tx) => {
  for (const event of events) await note(tx, `offset ${offsetOf(event)}`);
  return events.map((event) => emit(orderConfirmed, confirmation(), event));
};

async function note(tx: unknown, text: string): Promise<void> {
  await (tx as Transaction).query('INSERT INTO effects (note) VALUES ($1)', [text]);
}

describe('effect, position and outbox', () => {
  let shop: Shop;
  let database: Database;
  let effects: PostgresEffects;
  let partition: ReturnType<typeof newPartition>;

  beforeAll(async () => {
    shop = await openShop();
    database = shop.connect();
    effects = shop.effects(database);
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    partition = newPartition();
    await shop.rows('TRUNCATE shop.effects, shop.outbox');
  });

  /** What the three hold now. */
  async function stored() {
    const notes = await shop.rows<{ note: string }>('SELECT note FROM shop.effects ORDER BY id');
    const [outbox] = await shop.rows<{ records: string }>(
      'SELECT coalesce(sum(record_count), 0) AS records FROM shop.outbox',
    );
    const [position] = await shop.rows<{ next_offset: string }>(
      'SELECT next_offset FROM shop.consumer_positions WHERE topic = $1',
      [partition.topic],
    );
    return {
      notes: notes.map((row) => row.note),
      outbox: Number(outbox?.records),
      position: position && Number(position.next_offset),
    };
  }

  const nothing = { notes: [], outbox: 0, position: undefined };

  it('handler returns: all three are there', async () => {
    await expect(effects.apply(runOf(partition, [4, 5]), noteAndConfirm)).resolves.toEqual({
      kind: 'applied',
    });
    expect(await stored()).toEqual({ notes: ['offset 4', 'offset 5'], outbox: 2, position: 6 });
  });

  it('the outbox holds the event as it will be published: cause, correlation, trace context', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const cause = orderCreatedAt(0, traceparent);
    const payload = confirmation();
    await effects.apply({ ...runOf(partition, [0]), events: [cause] }, async () => [
      emit(orderConfirmed, payload, cause),
    ]);

    const [row] = await shop.rows<{ topic: string; records: string }>(
      'SELECT topic, records FROM shop.outbox',
    );
    const [meta, value] = (row?.records ?? '').split('\t');
    const event = JSON.parse(value ?? '') as Record<string, unknown>;
    expect(row?.topic).toBe('orders');
    expect(event).toMatchObject({
      event_type: 'order.confirmed',
      source: 'shop',
      correlation_id: cause.event_id,
      causation_id: cause.event_id,
      payload,
    });
    expect(JSON.parse(meta ?? '')).toEqual({
      key: payload.order_id,
      headers: {
        'event-id': event['event_id'],
        'event-type': 'order.confirmed',
        'schema-version': '1',
        'content-type': 'application/json',
        traceparent,
      },
    });
  });

  it.each([
    ['the cause has no trace context', orderCreatedAt(0)],
    ['nothing caused the event', undefined],
  ])('%s: the trace begins with the event', async (_, cause) => {
    await effects.apply(runOf(partition, [0]), async () => [emit(orderConfirmed, confirmation(), cause)]);
    const [row] = await shop.rows<{ records: string }>('SELECT records FROM shop.outbox');
    const { headers } = JSON.parse((row?.records ?? '').split('\t')[0] ?? '') as { headers: object };
    expect(headers).toMatchObject({
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
    });
  });

  it('handler throws after it wrote: nothing is there, and its own error comes out', async () => {
    const error = new Error('decided otherwise');
    const failing = effects.apply(runOf(partition, [0]), async (_, tx) => {
      await note(tx, 'written');
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(await stored()).toEqual(nothing);
  });

  it('an emission breaks its contract: nothing is there', async () => {
    const failing = effects.apply(runOf(partition, [0]), async (events, tx) => {
      await note(tx, 'written');
      return [emit(orderConfirmed, confirmation('no uuid'), events[0])];
    });
    await expect(failing).rejects.toMatchObject({ code: 'contract-violated' });
    expect(await stored()).toEqual(nothing);
  });

  it('the outbox cannot be written: nothing is there, and it counts as an outage', async () => {
    await shop.rows('ALTER TABLE shop.outbox RENAME TO outbox_away');
    try {
      await expect(effects.apply(runOf(partition, [0]), noteAndConfirm)).rejects.toBeInstanceOf(
        TransientError,
      );
    } finally {
      await shop.rows('ALTER TABLE shop.outbox_away RENAME TO outbox');
    }
    expect(await stored()).toEqual(nothing);
  });

  it('the connection is killed in the middle of the handler: nothing is there, a repetition succeeds', async () => {
    const run = runOf(partition, [0, 1]);
    const failing = effects.apply(run, async (events, tx) => {
      await note(tx, 'before the kill');
      expect(await shop.server.terminateConnections('shop')).toBeGreaterThan(0);
      return noteAndConfirm(events, tx);
    });
    await expect(failing).rejects.toBeInstanceOf(TransientError);
    expect(await stored()).toEqual(nothing);

    // The pool may hold another connection that died and has not been noticed: the engine tries again, too.
    await eventually(async () =>
      expect(await effects.apply(run, noteAndConfirm)).toEqual({ kind: 'applied' }),
    );
    expect(await stored()).toEqual({ notes: ['offset 0', 'offset 1'], outbox: 2, position: 2 });
  });

  it('the data is refused: a permanent error, nothing is there', async () => {
    const failing = effects.apply(runOf(partition, [0]), async (_, tx) => {
      await note(tx, 'twice');
      await note(tx, 'twice');
    });
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PermanentError);
    expect((error as Error).cause).toMatchObject({ code: '23505' });
    expect(await stored()).toEqual(nothing);
  });

  it('the handler swallows a failed query: nothing is committed all the same', async () => {
    const failing = effects.apply(runOf(partition, [0]), async (_, tx) => {
      await note(tx, 'same');
      await note(tx, 'same').catch(() => undefined);
    });
    await expect(failing).rejects.toBeInstanceOf(PermanentError);
    expect(await stored()).toEqual(nothing);
  });

  it('the handler does not wait for a query that fails: nothing is committed all the same', async () => {
    const failing = effects.apply(runOf(partition, [0]), async (_, tx) => {
      void (tx as Transaction).query('INSERT INTO effects (note) VALUES (NULL)');
    });
    await expect(failing).rejects.toBeInstanceOf(PermanentError);
    expect(await stored()).toEqual(nothing);
  });

  it('a query fails before it was sent, and the handler swallows that: nothing is committed all the same', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const failing = effects.apply(runOf(partition, [0]), async (_, tx) => {
      await note(tx, 'written');
      const unsendable = (tx as Transaction).query('INSERT INTO effects (note) VALUES ($1)', [circular]);
      await unsendable.catch(() => undefined);
    });
    await expect(failing).rejects.toThrow(TypeError);
    expect(await stored()).toEqual(nothing);
  });

  it('queries behind a failed one: fail with its error, not with an echo of it', async () => {
    const failing = effects.apply(runOf(partition, [0]), async (_, tx) => {
      const bad = note(tx, 'same').then(() => note(tx, 'same'));
      const [, behind] = await Promise.allSettled([bad, bad.catch(() => note(tx, 'other'))]);
      throw (behind as PromiseRejectedResult).reason;
    });
    const error = (await failing.catch((reason: unknown) => reason)) as Error;
    expect(error.cause).toMatchObject({ code: '23505' });
  });

  it('a query after the handler returned: refused, it would belong to nobody’s transaction', async () => {
    let kept: Transaction | undefined;
    await effects.apply(runOf(partition, [0]), async (_, tx) => {
      kept = tx as Transaction;
    });
    await expect(kept?.query('SELECT 1')).rejects.toThrow(TypeError);
  });

  it('queries sent side by side in one handler: executed in their order', async () => {
    await effects.apply(runOf(partition, [0]), async (_, tx) => {
      await Promise.all(['a', 'b', 'c', 'd'].map((text) => note(tx, text)));
    });
    expect((await stored()).notes).toEqual(['a', 'b', 'c', 'd']);
  });

  it('afterCommit: called once committed, not called when rolled back', async () => {
    const called: string[] = [];
    await database.transaction(async (tx) => tx.afterCommit(() => called.push('committed')));
    const failing = database.transaction(async (tx) => {
      tx.afterCommit(() => called.push('rolled back'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(called).toEqual(['committed']);
  });

  it('a migration changes a table under a prepared statement: the attempt counts as an outage, the next one succeeds', async () => {
    const select = { name: 'spec.select-all', text: 'SELECT * FROM effects' };
    const one = shop.connect('one-connection');
    await one.query(select);
    await shop.rows('ALTER TABLE shop.effects ADD COLUMN extra text');
    await expect(one.query(select)).rejects.toBeInstanceOf(TransientError);
    await expect(one.query(select)).resolves.toMatchObject({ rowCount: 0 });
  });
});
