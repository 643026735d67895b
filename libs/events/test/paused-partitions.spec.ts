import { PausedPartitions } from '../src/consumer/paused-partitions.ts';

const at = { topic: 'orders', partition: 3 };

function setUp() {
  const calls: string[] = [];
  let isGivenUp = false;
  const consumer = {
    pause: () => void calls.push('pause'),
    resume: () => {
      // As kafkajs does once it has crashed.
      if (isGivenUp) throw new Error('Consumer group was not initialized, consumer#run must be called first');
      calls.push('resume');
    },
  };
  return { paused: new PausedPartitions(consumer), calls, giveUp: () => void (isGivenUp = true) };
}

describe('PausedPartitions', () => {
  it('resumed, by whomever: once', () => {
    const { paused, calls } = setUp();
    paused.pause(at);
    paused.resume('orders/3');
    paused.resumeAll();
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('a pause ends when kafkajs has given the consumer up already: nothing is thrown, which in a timer would end the process', () => {
    const { paused, giveUp } = setUp();
    paused.pause(at);
    giveUp();
    expect(() => paused.resume('orders/3')).not.toThrow();
  });

  it('closed: no pause any more, and none ends', () => {
    const { paused, calls } = setUp();
    paused.pause(at);
    paused.close();
    paused.pause(at);
    paused.resume('orders/3');
    expect(calls).toEqual(['pause']);
  });
});
