import { eventually } from '@orderstream/testing';
import { Engine } from './support/engine.ts';
import { rawRecords } from './support/raw-records.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

it('key, value and headers of a dead letter: the bytes of the record, whatever they are', async () => {
  const engine = await Engine.prepare();
  await engine.raw([
    {
      key: everyByte,
      value: Buffer.concat([everyByte, everyByte]),
      headers: {
        binary: everyByte,
        repeated: ['one', Buffer.from([255]), ''],
        ünïcode: 'ä',
        ...({ nothing: null, 'nothing-twice': [null, null] } as unknown as Record<string, string>),
        'dlq-of-its-own': 'stays out, since the prefix is ours',
      },
    },
    { key: null, value: null },
    { key: Buffer.alloc(0), value: Buffer.alloc(0) },
    { key: 'large', value: Buffer.alloc(1_000_000, 'x') },
  ]);
  await engine.start();
  await eventually(() => engine.position() === 4, { deadlineMs: 30_000 });

  const originals = await rawRecords(engine.topic.name, 4);
  const letters = await rawRecords(engine.deadLetters, 4);
  for (const original of originals) {
    const letter = letters.find(
      ({ headers }) => String(headers?.['dlq-original-offset']) === original.offset,
    );
    expect(letter?.key).toEqual(original.key);
    expect(letter?.value?.equals(original.value ?? Buffer.alloc(0)) ?? null).toEqual(original.value && true);
    expect(withoutOurs(letter?.headers)).toEqual(withoutOurs(original.headers));
    expect(letter?.headers?.['dlq-original-timestamp']?.toString()).toBe(
      new Date(Number(original.timestamp)).toISOString(),
    );
  }
  await engine.stop();
}, 90_000);

function withoutOurs(headers: object | undefined): [string, unknown][] {
  return Object.entries(headers ?? {}).filter(([name]) => !name.startsWith('dlq-') && name !== 'error');
}
