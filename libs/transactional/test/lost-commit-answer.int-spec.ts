import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { emit, offsetOf, orderConfirmed, TransientError, type HandleEvents } from '@orderstream/events';
import { confirmation, newPartition, openShop, runOf, type Shop } from './fixture.ts';

/** Stands between a client and PostgreSQL, passes everything on, and cuts the line once the server has answered a COMMIT. */
async function lineThatLosesCommitAnswers(
  target: URL,
): Promise<{ url: string; server: Server; cuts: () => number }> {
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let committing = false;
    client.on('data', (data) => {
      committing ||= data.includes('COMMIT');
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!committing || !data.includes('COMMIT')) return void client.write(data);
      cuts += 1;
      client.destroy();
      upstream.destroy();
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return { url: url.href, server, cuts: () => cuts };
}

describe('the answer to COMMIT is lost', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  it('the attempt fails as an outage, the next one finds the position moved: one effect, one emission', async () => {
    const line = await lineThatLosesCommitAnswers(new URL(shop.server.url));
    const partition = newPartition();
    const run = runOf(partition, [0, 1]);
    const handled: number[] = [];
    const handle: HandleEvents = async (events) => {
      handled.push(...events.map(offsetOf));
      return events.map((event) => emit(orderConfirmed, confirmation(), event));
    };

    const unlucky = shop.effects(shop.connect('unlucky', line.url));
    await expect(unlucky.apply(run, handle)).rejects.toBeInstanceOf(TransientError);
    expect(line.cuts()).toBe(1);

    const retry = shop.effects(shop.connect('retry'));
    await expect(retry.apply(run, handle)).resolves.toEqual({ kind: 'moved-on', position: 2 });
    expect(handled).toEqual([0, 1]);
    const outbox = await shop.rows('SELECT record_count FROM shop.outbox');
    expect(outbox).toEqual([{ record_count: 2 }]);
    line.server.close();
  });
});
