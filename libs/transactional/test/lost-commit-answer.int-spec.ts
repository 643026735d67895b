import { emit, offsetOf, orderConfirmed, TransientError, type HandleEvents } from '@orderstream/events';
import { confirmation, newPartition, openShop, runOf, type Shop } from './fixture.ts';
import { Line } from './line.ts';

describe('the answer to COMMIT is lost', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  it('the attempt fails as an outage, the next one finds the position moved: one effect, one emission', async () => {
    let isCommitting = false;
    let cuts = 0;
    const line = new Line(shop.server.url, {
      fate: (from, data) => {
        if (from === 'client') isCommitting ||= data.includes('COMMIT');
        const isAnswer = from === 'server' && isCommitting && data.includes('COMMIT');
        if (isAnswer) cuts += 1;
        return isAnswer ? 'cut' : 'passes';
      },
    });
    await line.up();
    shop.onClose(() => line.down());
    const partition = newPartition();
    const run = runOf(partition, [0, 1]);
    const handled: number[] = [];
    const handle: HandleEvents = async (events) => {
      handled.push(...events.map(offsetOf));
      return events.map((event) => emit(orderConfirmed, confirmation(), event));
    };

    const unlucky = shop.effects(shop.connect('unlucky', line.url));
    await expect(unlucky.apply(run, handle)).rejects.toBeInstanceOf(TransientError);
    expect(cuts).toBe(1);

    const retry = shop.effects(shop.connect('retry'));
    await expect(retry.apply(run, handle)).resolves.toEqual({ kind: 'moved-on', position: 2 });
    expect(handled).toEqual([0, 1]);
    const outbox = await shop.rows('SELECT record_count FROM shop.outbox');
    expect(outbox).toEqual([{ record_count: 2 }]);
  });
});
