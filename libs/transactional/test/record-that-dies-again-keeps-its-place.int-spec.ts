import { parseDeadLetter, retryRecord } from '@orderstream/events';
import type { KafkaMessage } from 'kafkajs';
import { DeadLetterTest } from './dead-letter-fixture.ts';

it('a record that dies again: its first position, one redrive more, the newest of everything else, once', async () => {
  const test = await DeadLetterTest.open();
  try {
    test.failing.add('a1');
    await test.send('b1', 'a1');
    await test.start();
    await test.caughtUp();
    await test.redrive([1]);
    await test.caughtUp();
    await test.redrive([1]);
    await test.caughtUp();

    const log = await test.deadLetters();
    const letters = log.filter((record) => parseDeadLetter(record));
    const [first, second, third] = letters.map((record) => parseDeadLetter(record));
    expect(letters).toHaveLength(3);
    const place = {
      original: { topic: test.topic.name, partition: 0, offset: 1 },
      reason: 'permanent',
      attempts: 1,
    };
    expect([first, second, third]).toMatchObject([
      { ...place, redriveCount: 0 },
      { ...place, redriveCount: 1 },
      { ...place, redriveCount: 2 },
    ]);
    expect(new Set([first, second, third].map((letter) => letter?.errorMessage)).size).toBe(3);
    expect(new Set([first, second, third].map((letter) => letter?.originalTimestamp)).size).toBe(1);
    expect((third?.failedAt ?? '') > (second?.failedAt ?? '')).toBe(true);
    const own = ({ key, value, headers }: KafkaMessage) => [
      key,
      value,
      headers?.['event-id'],
      headers?.['traceparent'],
    ];
    expect(letters.map(own)).toEqual([
      own(letters[0] as KafkaMessage),
      own(letters[0] as KafkaMessage),
      own(letters[0] as KafkaMessage),
    ]);
    expect(Object.keys(letters[2]?.headers ?? {}).sort()).toEqual(
      Object.keys(letters[0]?.headers ?? {}).sort(),
    );
    expect(await test.open()).toEqual(['1: permanent @ 2']);
    expect(await test.states()).toEqual({ 1: 'open' });

    // A copy of an older redrive changes nothing: it is not handled, and leaves no letter.
    const asked = test.asked.length;
    await test.producer.send(retryRecord(letters[0] as KafkaMessage));
    await test.caughtUp();
    expect([test.asked.length, await test.open()]).toEqual([asked, ['1: permanent @ 2']]);
    expect(await test.deadLetters()).toHaveLength(log.length);
  } finally {
    await test.close();
  }
}, 120_000);
