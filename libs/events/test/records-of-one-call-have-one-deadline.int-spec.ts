import { jest } from '@jest/globals';
import { freePort } from '@orderstream/testing';
import { EventProducer, NotAcceptedError } from '../src/index.ts';

const TIMEOUT_MS = 300;
const RECORDS = 50;
const TICK_MS = 200;

it('sendAll takes its time while Kafka is away: its records give up together, none is sent on without those before it', async () => {
  const producer = new EventProducer(
    { clientId: 'spec', brokers: [`127.0.0.1:${await freePort()}`] },
    { sendTimeoutMs: TIMEOUT_MS },
  );
  const records = Array.from({ length: RECORDS }, (_, i) => ({
    topic: 'orders',
    key: 'same',
    value: String(i),
    headers: {},
  }));

  // A clock that ticks 200 ms at every look: what a busy process and a long call look like.
  const calledAtMs = Date.now();
  let nowMs = calledAtMs;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => (nowMs += TICK_MS));
  const sending = producer.sendAll(records);
  clock.mockRestore();

  const outcomes = await sending;
  const elapsedMs = Date.now() - calledAtMs;
  await producer.close();
  expect(outcomes).toHaveLength(RECORDS);
  for (const outcome of outcomes) {
    expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(NotAcceptedError);
  }
  // One deadline each would have spread them over ten seconds.
  expect(elapsedMs).toBeLessThan(TIMEOUT_MS + (RECORDS * TICK_MS) / 2);
});
