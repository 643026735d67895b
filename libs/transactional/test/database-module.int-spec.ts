import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EFFECT_STORE, type HandleEvents } from '@orderstream/events';
import { EventsModule } from '@orderstream/events/nest';
import { eventually, kafkaBrokers, testDatabase, type TestDatabase } from '@orderstream/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  Database,
  DatabaseModule,
  migrate,
  Outbox,
  OutboxRelay,
  PostgresEffects,
  type Transaction,
} from '../src/index.ts';
import { DatabaseReadiness } from '../src/database/database-readiness.ts';
import { newPartition, runOf } from './fixture.ts';
import { Line } from './line.ts';
import { openRelayTest, upTo } from './relay-fixture.ts';

class CreateGoods1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE goods (id int)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE goods');
  }
}

const READINESS = Symbol.for('orderstream.readiness');
interface Report {
  readonly name: string;
  readonly ready: boolean;
  readonly detail: Record<string, unknown>;
}

describe('DatabaseModule', () => {
  let server: TestDatabase;
  let line: Line;
  let app: INestApplicationContext | undefined;

  beforeEach(async () => {
    server = await testDatabase();
    line = new Line(server.url);
    await line.up();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await line.down();
    await server.drop();
  });

  async function boot(concurrency?: number): Promise<INestApplicationContext> {
    const options = {
      service: 'shop',
      schema: 'shop',
      url: line.url,
      migrations: [CreateGoods1760000000001],
      concurrency,
    };
    @Module({
      imports: [
        DatabaseModule.register(options),
        EventsModule.register({ kafka: { clientId: 'shop', brokers: kafkaBrokers() }, groups: [] }),
      ],
    })
    class AppModule {}
    return (app = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
      abortOnError: false,
    }));
  }

  const migrated = () => migrate({ url: server.url, schema: 'shop', migrations: [CreateGoods1760000000001] });
  const readiness = () =>
    (app?.get(DatabaseReadiness) as Record<symbol, () => Promise<Report>>)[READINESS]?.();
  /** A probe that a busy machine made too slow names another reason. */
  const expectNotReady = (why: unknown) =>
    eventually(async () => expect(await readiness()).toMatchObject({ ready: false, detail: { why } }));

  it('gives a service what it needs, and is ready', async () => {
    await migrated();
    const { get } = await boot().then((context) => ({ get: context.get.bind(context) }));
    expect(get(EFFECT_STORE)).toBeInstanceOf(PostgresEffects);
    const { rows } = await get(Database).query('SELECT current_setting($1) AS path', ['search_path']);
    expect(rows).toEqual([{ path: 'shop,public' }]);
    await eventually(async () => expect(await readiness()).toMatchObject({ name: 'database', ready: true }));
    await eventually(() => get(OutboxRelay).health().active);
  });

  it.each([1, 2])(
    'concurrency %s: a group has so many transactions under way at a time',
    async (concurrency) => {
      await migrated();
      const effects = (await boot(concurrency)).get<PostgresEffects>(EFFECT_STORE);
      let underWay = 0;
      let most = 0;
      const handle: HandleEvents = async (_, tx) => {
        underWay += 1;
        most = Math.max(most, underWay);
        // A connection may take long to open. One transaction more than allowed would come in the time after that.
        await eventually(() => most >= concurrency, { deadlineMs: 5_000 });
        await (tx as Transaction).query('SELECT pg_sleep(0.3)');
        underWay -= 1;
      };
      const runs = [0, 1, 2, 3].map((partition) => runOf({ ...newPartition(), partition }, [0]));
      await Promise.all(runs.map((run) => effects.apply(run, handle)));
      expect(most).toBe(concurrency);
    },
  );

  it('not migrated: starts, is not ready and says which are missing; ready once another process has migrated', async () => {
    await boot();
    await expectNotReady(
      'migrations are not applied: CreateConsumerPositions1750000000001, CreateOutbox1750000000002, CreateInbox1750000000003, CreateDeadLetters1750000000004, AddTopicId1750000000005, CreateGoods1760000000001',
    );
    await migrated();
    await eventually(async () => expect(await readiness()).toMatchObject({ ready: true }));
    await eventually(() => app?.get(OutboxRelay).health().active === true);
  });

  it('PostgreSQL is away at boot: starts, is not ready and says why; ready once it is there', async () => {
    await migrated();
    await line.down();
    await boot();
    await expectNotReady(expect.stringContaining('ECONNREFUSED'));
    await line.up();
    await eventually(async () => expect(await readiness()).toMatchObject({ ready: true }));
    await eventually(() => app?.get(OutboxRelay).health().active === true);
  });

  it('shutdown: what consumers left in the outbox is published before producer and database go', async () => {
    await migrated();
    const test = await openRelayTest();
    const context = await boot();
    // One that is told to stop before it has the lock publishes nothing.
    await eventually(() => context.get(OutboxRelay).health().active);
    await test.emit(context.get(Database), context.get(Outbox), upTo(500));
    await context.close();
    app = undefined;
    expect([...(await test.published()).values()].flat()).toHaveLength(500);
    expect(await server.query('SELECT id FROM shop.outbox')).toEqual([]);
    const left = await server.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'shop'`,
    );
    expect(left).toEqual([]);
    await test.close();
  });
});
