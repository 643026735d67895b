import { jest } from '@jest/globals';
import kafkajs from 'kafkajs';
import { SendHealth } from '../src/producer/send-health.ts';

const { KafkaJSProtocolError } = kafkajs;
const ORDERS = { topic: 'orders', partition: 3 };
const PAYMENTS = { topic: 'payments', partition: 0 };

const noLeader = new KafkaJSProtocolError({
  name: 'Error',
  message: 'no leader',
  type: 'LEADER_NOT_AVAILABLE',
  code: 5,
  retriable: true,
} as never);
const refused = new Error('connection refused');

function setUp() {
  const said: string[] = [];
  const health = new SendHealth(({ message, detail }) => {
    const of = detail?.['topic'] === undefined ? '' : ` (${JSON.stringify(detail['topic'])})`;
    said.push(message + of);
  });
  const news = () => said.splice(0);
  return { health, news, isFailing: () => health.failingSinceMs !== undefined };
}

const NOTHING = 'records cannot be sent, trying again';
const BACK = 'Kafka takes records again';
const SOME = 'some records cannot be sent, others can; trying again';
const SOME_BACK = 'Kafka takes these records again';

describe('SendHealth', () => {
  it('Kafka cannot be reached: said at once, and once', () => {
    const { health, news, isFailing } = setUp();
    health.away(refused);
    health.away(refused);
    expect(isFailing()).toBe(true);
    health.acknowledged(ORDERS);
    expect(isFailing()).toBe(false);
    expect(news()).toEqual([NOTHING, BACK]);
  });

  it('a broker’s answer that the next attempt does not meet again: not worth a line', () => {
    const { health, news, isFailing } = setUp();
    health.failed(ORDERS, noLeader);
    expect(isFailing()).toBe(false);
    health.acknowledged(ORDERS);
    expect(news()).toEqual([]);
  });

  it('the same answer again, and nothing worked meanwhile: nothing works, and the line names where', () => {
    const { health, news, isFailing } = setUp();
    health.failed(ORDERS, noLeader);
    health.failed(ORDERS, noLeader);
    expect(isFailing()).toBe(true);
    expect(news()).toEqual([`${NOTHING} ("orders")`]);
  });

  it.each([
    ['a broker’s answer', noLeader, []],
    ['a connection that broke', refused, [`${NOTHING} ("orders")`, BACK]],
  ])('%s again and again while others work: named once, and the producer is well', (_, error, before) => {
    const { health, news, isFailing } = setUp();
    health.failed(ORDERS, error);
    health.acknowledged(PAYMENTS);
    expect(news()).toEqual(before);
    for (let round = 0; round < 5; round += 1) {
      health.failed(ORDERS, error);
      health.failed(ORDERS, error);
      expect(isFailing()).toBe(false);
      health.acknowledged(PAYMENTS);
    }
    expect(news()).toEqual([`${SOME} ("orders")`]);
    health.acknowledged(ORDERS);
    expect(news()).toEqual([`${SOME_BACK} ("orders")`]);
  });

  it('others work, but more slowly than it fails: named all the same', () => {
    const { health, news } = setUp();
    for (let round = 0; round < 5; round += 1) {
      for (let failures = 0; failures < 3; failures += 1) health.failed(ORDERS, noLeader);
      health.acknowledged(PAYMENTS);
    }
    expect(news()).toEqual([`${NOTHING} ("orders")`, BACK, `${SOME} ("orders")`]);
  });

  it('a connection is there again: well, unless a broker has just answered that it takes nothing', () => {
    const { health, news, isFailing } = setUp();
    health.failed(ORDERS, refused);
    health.reached();
    expect(isFailing()).toBe(false);
    expect(news()).toEqual([`${NOTHING} ("orders")`, BACK]);
    for (let failures = 0; failures < 2; failures += 1) health.failed(ORDERS, noLeader);
    health.reached();
    expect(isFailing()).toBe(true);
    expect(news()).toEqual([`${NOTHING} ("orders")`]);
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
    health.reached();
    later.mockRestore();
    expect(isFailing()).toBe(false);
    expect(news()).toEqual([BACK]);
  });

  it('one is named and then Kafka goes away: said, and that it is back; the one stays named', () => {
    const { health, news, isFailing } = setUp();
    health.failed(ORDERS, noLeader);
    health.acknowledged(PAYMENTS);
    health.failed(ORDERS, noLeader);
    news();
    health.away(refused);
    expect(isFailing()).toBe(true);
    health.acknowledged(PAYMENTS);
    health.failed(ORDERS, noLeader);
    expect(news()).toEqual([NOTHING, BACK]);
  });

  it('a topic’s partitions cannot be asked for while others work: the topic is named until a record of it arrives', () => {
    const { health, news } = setUp();
    for (let round = 0; round < 3; round += 1) {
      health.failed({ topic: 'orders' }, noLeader);
      health.acknowledged(PAYMENTS);
    }
    expect(news()).toEqual([`${SOME} ("orders")`]);
    health.acknowledged(ORDERS);
    expect(news()).toEqual([`${SOME_BACK} ("orders")`]);
  });
});
