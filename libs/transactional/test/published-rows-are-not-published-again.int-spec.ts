import { NotAcceptedError } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import pg from 'pg';
import { openShop, type Shop } from './fixture.ts';
import { InterruptedProducer, openRelayTest, startInstance, upTo, type RelayTest } from './relay-fixture.ts';

describe('what was published cannot be removed', () => {
  let shop: Shop;
  let test: RelayTest;
  let producer: InterruptedProducer;

  beforeEach(async () => {
    // One key: what is late shows.
    [shop, test] = await Promise.all([openShop(), openRelayTest(1)]);
    producer = new InterruptedProducer('one');
  });
  afterEach(async () => {
    await shop.close();
    await test.close();
  });

  const outboxIsEmpty = async () => expect(await shop.rows('SELECT id FROM shop.outbox')).toEqual([]);
  const published = async () => [...(await test.published()).values()].flat();
  /** Has an instance's removals fail, as a full disk would, and count: a sequence does not go back with the transaction. */
  const failRemovalsOf = (name: string) =>
    shop.rows(`
      CREATE SEQUENCE shop.removals;
      CREATE FUNCTION shop.fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('shop.removals'); RAISE 'no space left' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER fail BEFORE UPDATE OR DELETE ON shop.outbox
        WHEN (current_setting('application_name') = '${name}') EXECUTE FUNCTION shop.fail()`);
  const letRemovalsPass = () => shop.rows('DROP TRIGGER fail ON shop.outbox');
  const haveFailed = (times: number) => async () => {
    const [row] = await shop.rows<{ failed: string }>('SELECT last_value AS failed FROM shop.removals');
    return Number(row?.failed) >= times;
  };

  it('somebody holds a row: the others come and go past it, and it is published once', async () => {
    const waiting = startInstance(shop, 'waiting');
    await waiting.stop();
    await test.emit(waiting.database, waiting.outbox, [1]);
    const person = new pg.Client({ connectionString: shop.server.url });
    await person.connect();
    shop.onClose(() => person.end());
    await person.query('BEGIN; DELETE FROM shop.outbox');

    const instance = startInstance(shop, 'one', { producer });
    await eventually(async () => expect(await published()).toEqual([1]));
    await test.emit(instance.database, instance.outbox, [2]);
    await test.emit(instance.database, instance.outbox, [3]);
    await eventually(async () => expect(await shop.rows('SELECT id FROM shop.outbox')).toHaveLength(1));
    expect(await published()).toEqual([1, 2, 3]);
    await eventually(() => instance.relay.health().failingSinceMs !== undefined);

    await person.query('ROLLBACK');
    await eventually(outboxIsEmpty);
    await eventually(() => instance.relay.health().failingSinceMs === undefined);
    await instance.stop();
    expect(await published()).toEqual([1, 2, 3]);
  });

  it('removals fail, and with each of them the session ends: nothing is published again', async () => {
    await failRemovalsOf('one');
    const said: string[] = [];
    const instance = startInstance(shop, 'one', { producer, log: ({ message }) => said.push(message) });
    await test.emit(instance.database, instance.outbox, upTo(10));
    await eventually(haveFailed(4));
    expect(producer.calls).toBe(1);
    // Said once: that a session begins is not yet a sign that all is well again.
    expect(said.filter((message) => message === 'the outbox is out of reach')).toHaveLength(1);
    await test.emit(instance.database, instance.outbox, [11]);
    await eventually(async () => expect(await published()).toEqual(upTo(11)));

    await letRemovalsPass();
    await eventually(outboxIsEmpty);
    await instance.stop();
    expect(await published()).toEqual(upTo(11));
  });

  it('part of a row was acknowledged: only the rest is sent by later sessions, before what came after it', async () => {
    await failRemovalsOf('one');
    producer.afterAck = async (_, results) =>
      producer.calls > 1
        ? results
        : results.map((result, i) =>
            i < 5 ? result : { status: 'rejected', reason: new NotAcceptedError('not in time') },
          );
    const instance = startInstance(shop, 'one', { producer });
    await test.emit(instance.database, instance.outbox, upTo(10));
    await eventually(() => producer.calls === 1, { intervalMs: 2 });
    await test.emit(instance.database, instance.outbox, upTo(20).slice(10));
    await eventually(haveFailed(4));
    await letRemovalsPass();
    await eventually(outboxIsEmpty);
    await instance.stop();
    // The answer for 6 to 10 was lost on its way to the relay: they are in the topic twice.
    expect(await published()).toEqual([...upTo(10), ...upTo(20).slice(5)]);
  });

  it('the row has gone and its id was given again: the new one is published', async () => {
    await failRemovalsOf('one');
    const instance = startInstance(shop, 'one', { producer });
    await test.emit(instance.database, instance.outbox, [1]);
    await eventually(haveFailed(2));
    // As a replica that took over without the newest rows does.
    await shop.server.query(`
      BEGIN;
      TRUNCATE shop.outbox RESTART IDENTITY;
      DROP TRIGGER fail ON shop.outbox;
      COMMIT`);
    await test.emit(instance.database, instance.outbox, [2]);
    await eventually(outboxIsEmpty);
    await instance.stop();
    expect(await published()).toEqual([1, 2]);
  });

  it('another instance publishes in the meantime: copies of what it found, nothing lost when the first goes on', async () => {
    await failRemovalsOf('first');
    const first = startInstance(shop, 'first', { producer });
    await test.emit(first.database, first.outbox, upTo(3));
    await eventually(haveFailed(1));
    const second = startInstance(shop, 'second');
    await eventually(() => second.relay.health().active);
    await test.emit(second.database, second.outbox, upTo(9).slice(3));
    await eventually(outboxIsEmpty);
    await second.stop();

    await letRemovalsPass();
    await test.emit(first.database, first.outbox, [10]);
    await eventually(outboxIsEmpty);
    await first.stop();
    expect(await published()).toEqual([...upTo(3), ...upTo(10)]);
  });
});
