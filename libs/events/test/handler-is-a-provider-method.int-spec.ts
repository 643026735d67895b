import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Global, Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { eventually, kafkaBrokers, testTopic, type TestTopic } from '@orderstream/testing';
import {
  deadLetterTopic,
  defineEvent,
  EFFECT_STORE,
  encodeRecord,
  EventProducer,
  orderCreated,
  retryTopic,
  type ConsumerGroup,
  type EventOf,
} from '../src/index.ts';
import { EventServer, EventsModule, eventServerToken, OnEvents } from '../src/nest/index.ts';
import { MemoryStore } from './support/memory-store.ts';
import { anOrder } from './support/records.ts';

// A name of its own, which no running service shares.
const GROUP = `test-${randomUUID()}` as ConsumerGroup;

let topic: TestTopic;
let app: INestApplicationContext | undefined;

beforeAll(async () => {
  topic = await testTopic({ companions: (name) => [retryTopic(name, GROUP), deadLetterTopic(name, GROUP)] });
});

afterEach(async () => {
  await app?.get<EventServer>(eventServerToken(GROUP)).close();
  await app?.close();
});

afterAll(() => topic.delete());

function ordersContract() {
  return defineEvent({ ...orderCreated, key: 'order_id', topic });
}

async function start(
  providers: readonly (new () => object)[],
  store = new MemoryStore(),
): Promise<EventServer> {
  @Global()
  @Module({ providers: [{ provide: EFFECT_STORE, useValue: store }], exports: [EFFECT_STORE] })
  class StoreModule {}

  @Module({
    imports: [
      StoreModule,
      EventsModule.register({ kafka: { clientId: 'test', brokers: kafkaBrokers() }, groups: [GROUP] }),
    ],
    providers: [...providers],
  })
  class AppModule {}

  app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  return app.get<EventServer>(eventServerToken(GROUP));
}

it('a decorated method of a provider: called as that provider’s method with the events of its contracts', async () => {
  const contract = ordersContract();

  @Injectable()
  class Orders {
    readonly seen: string[] = [];

    @OnEvents(GROUP, contract)
    async apply(events: EventOf<typeof contract>[]): Promise<void> {
      this.seen.push(...events.map(({ payload }) => payload.order_id));
    }
  }

  const server = await start([Orders]);
  expect(server.health()).toBeUndefined();
  await new Promise((joined) => server.listen(joined));
  expect(server.health()).toMatchObject({ group: GROUP, joined: true });

  const order = anOrder();
  await app?.get(EventProducer).send(encodeRecord(contract, order));
  await eventually(() => app?.get(Orders).seen.length === 1, { deadlineMs: 30_000 });
  expect(app?.get(Orders).seen).toEqual([order.payload.order_id]);
  await server.close();
  expect(server.health()).toMatchObject({ joined: false });
}, 60_000);

it('options beside the group: they reach the engine', async () => {
  const contract = ordersContract();
  const attempts: number[] = [];

  @Injectable()
  class Orders {
    @OnEvents({ group: GROUP, maxAttempts: 2 }, contract)
    async apply(events: EventOf<typeof contract>[]): Promise<void> {
      attempts.push(events.length);
      throw new Error('unknown');
    }
  }

  const store = new MemoryStore();
  const server = await start([Orders], store);
  await new Promise((joined) => server.listen(joined));
  const { offset } = (await app?.get(EventProducer).send(encodeRecord(contract, anOrder()))) ?? {
    offset: -1,
  };
  await eventually(() => [...store.positions.values()].includes(offset + 1), { deadlineMs: 30_000 });
  // The store is new, so the order of the test before comes once more.
  expect(attempts.filter((events) => events === 1).length).toBeGreaterThanOrEqual(2);
  expect(attempts.length).toBeLessThanOrEqual(1 + 2 * (offset + 1));
}, 60_000);

it('no handler for the group, or two for one topic: refused at the start, with the reason', async () => {
  const contract = ordersContract();

  @Injectable()
  class One {
    @OnEvents(GROUP, contract)
    async apply(_events: EventOf<typeof contract>[]): Promise<void> {}
  }

  @Injectable()
  class Other {
    @OnEvents(GROUP, contract)
    async apply(_events: EventOf<typeof contract>[]): Promise<void> {}
  }

  const none = await start([]);
  expect(() => none.listen(() => undefined)).toThrow(/has no handler/);
  await app?.close();
  const two = await start([One, Other]);
  expect(() => two.listen(() => undefined)).toThrow(/two handlers for topic/);
}, 60_000);
