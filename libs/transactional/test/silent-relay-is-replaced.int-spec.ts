import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually, kafkaBrokers } from '@orderstream/testing';
import { openShop, SCHEMA, type Shop } from './fixture.ts';
import {
  activeSession,
  expectedPerKey,
  InterruptedProducer,
  openRelayTest,
  startInstance,
  upTo,
  type RelayTest,
} from './relay-fixture.ts';

describe('the active relay falls silent', () => {
  let shop: Shop;
  let test: RelayTest;

  beforeEach(async () => {
    [shop, test] = await Promise.all([openShop(), openRelayTest()]);
  });
  afterEach(async () => {
    await shop.close();
    await test.close();
  });

  const outboxIsEmpty = async () => expect(await shop.rows('SELECT id FROM shop.outbox')).toEqual([]);
  const isActive = async (name: string) => (await activeSession(shop))?.name === name;

  it('its process is frozen: another one publishes what it held, and nothing twice when it thaws', async () => {
    const frozen = spawnRelay(shop, 'frozen');
    await eventually(() => isActive('frozen'));
    const second = startInstance(shop, 'second');
    const writer = shop.connect('writer');

    frozen.kill('SIGSTOP');
    await test.emit(writer, second.outbox, upTo(100));
    // The server gives it 15 s.
    await eventually(outboxIsEmpty, { deadlineMs: 60_000 });
    expect(second.relay.health().active).toBe(true);

    frozen.kill('SIGCONT');
    await test.emit(writer, second.outbox, upTo(200).slice(100));
    await eventually(outboxIsEmpty);
    // It lives on, as the one that waits.
    await second.stop();
    await eventually(() => isActive('frozen'));
    expect(await test.published()).toEqual(expectedPerKey(test, upTo(200)));
  });

  it('Kafka takes longer than the server would wait: it is not silent meanwhile, and keeps its session', async () => {
    const producer = new InterruptedProducer('slow');
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    producer.afterAck = async (_, results) => {
      await answered;
      return results;
    };
    const instance = startInstance(shop, 'one', { producer });
    shop.onClose(async () => answer());
    await test.emit(instance.database, instance.outbox, [1]);
    await eventually(() => producer.calls === 1);
    const before = await activeSession(shop);
    // PostgreSQL's own clock: the answer takes longer than the 15 s, however busy the machine is.
    await eventually(async () => {
      const rows = await shop.rows(
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND clock_timestamp() - backend_start > interval '18 s'`,
        [before?.pid],
      );
      return rows.length === 1 || instance.relay.health().active === false;
    });
    expect(await activeSession(shop)).toEqual(before);
    answer();
    await eventually(outboxIsEmpty);
    await instance.stop();
    expect(await test.published()).toEqual(expectedPerKey(test, [1]));
  });
});

function spawnRelay(shop: Shop, name: string): ChildProcess {
  const script = fileURLToPath(new URL('relay-process.ts', import.meta.url));
  const args = [script, kafkaBrokers().join(), shop.server.url, SCHEMA, name];
  const child = spawn(process.execPath, ['--conditions=@orderstream/source', ...args], { stdio: 'inherit' });
  const exited = once(child, 'exit');
  shop.onClose(async () => {
    // Ends a frozen one, too.
    child.kill('SIGKILL');
    await exited;
  });
  return child;
}
