import { decodeTopicIds, encodeMetadataRequest } from '../src/kafka/topic-metadata.ts';

const ID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** A response as the protocol's page lays it out: one broker, two topics of which the second does not exist. */
function response(): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.of(value.length + 1), Buffer.from(value)]);
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const broker = Buffer.concat([int32(1), text('localhost'), int32(9092), Buffer.of(0), Buffer.of(0)]);
  const list = Buffer.concat([Buffer.of(2), int32(1)]);
  const partition = Buffer.concat([Buffer.alloc(14), list, list, Buffer.of(1), Buffer.of(0)]);
  // Its tagged field is one of a later version: number 7, two bytes.
  const found = [
    Buffer.of(0, 0),
    text('orders'),
    ID,
    Buffer.of(0, 2),
    partition,
    int32(0),
    Buffer.of(1, 7, 2, 9, 9),
  ];
  const missing = [
    Buffer.of(0, 3),
    text('nowhere'),
    Buffer.alloc(16),
    Buffer.of(0, 1),
    int32(0),
    Buffer.of(0),
  ];
  const head = [Buffer.of(0), int32(0), Buffer.of(2), broker, text('cluster'), int32(1), Buffer.of(3)];
  return Buffer.concat([...head, ...found, ...missing, int32(0), Buffer.of(0)]);
}

it('a response: ids of the topics that exist, as Kafka prints them', () => {
  expect([...decodeTopicIds(response())]).toEqual([['orders', 'ABEiM0RVZneImaq7zN3u_w']]);
});

it('a response cut short anywhere before its last topic ends: an error, never another id', () => {
  const whole = response();
  for (let length = 0; length < whole.length - 6; length += 1) {
    expect(() => decodeTopicIds(whole.subarray(0, length))).toThrow(/cut short/);
  }
});

it('a request: the names, with no id, and nothing is to be created', () => {
  const long = 'x'.repeat(200);
  const expected = [
    Buffer.of(0, 3),
    ...[Buffer.alloc(16), Buffer.of(7), Buffer.from('orders'), Buffer.of(0)],
    ...[Buffer.alloc(16), Buffer.of(0xc9, 0x01), Buffer.from(long), Buffer.of(0)],
    Buffer.of(0, 0, 0, 0),
  ];
  expect(encodeMetadataRequest(['orders', long])).toEqual(Buffer.concat(expected));
});
