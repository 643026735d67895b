import { NotAcceptedError } from '../src/index.ts';
import { eventsProcessedTotal } from '../src/metrics.ts';
import { anOrder, orderRecord, record } from './support/records.ts';
import { failingAt, orders, permanent, range, sliceSetUp } from './support/slice-set-up.ts';

describe('processSlice: order behind a dead record', () => {
  const order = anOrder();
  const [key, otherKey] = [order.payload.order_id, anOrder().payload.order_id];
  const next = (offset: number) => orderRecord(offset, anOrder(key));

  it('that cannot be read: later ones of its key are parked, earlier ones and other keys handled', async () => {
    const { run, box, effects, store } = sliceSetUp();
    const messages = [
      next(0),
      record(1, { key, value: 'x' }),
      orderRecord(2, anOrder(otherKey)),
      next(3),
      next(4),
    ];
    await expect(run(messages)).resolves.toEqual({ kind: 'done', position: 5 });
    expect(effects()).toEqual([0, 2]);
    expect(box.seen).toEqual(['1: not-json', '3: parked-behind', '4: parked-behind']);
    expect(box.records.map(({ headers }) => headers['dlq-parked-behind'])).toEqual([
      undefined,
      'orders/2/1',
      'orders/2/1',
    ]);
    expect(store.letters.seen).toEqual(box.seen);
  });

  it('that its handler refuses, in the middle of 500: the handler never sees the later ones of its key', async () => {
    const { run, calls, box, effects } = sliceSetUp(failingAt([250], permanent));
    const messages = orders(500).map((message, offset) => (offset % 50 === 0 ? next(offset) : message));
    await expect(run(messages)).resolves.toEqual({ kind: 'done', position: 500 });
    const parked = [300, 350, 400, 450];
    expect(box.seen).toEqual(['250: permanent', ...parked.map((offset) => `${offset}: parked-behind`)]);
    expect(effects()).toEqual(range(0, 500).filter((offset) => ![250, ...parked].includes(offset)));
    // Together with the failing one they were seen before it was known to fail; that attempt left nothing.
    const afterwards = calls.slice(calls.findLastIndex((offsets) => offsets.includes(250)) + 1).flat();
    expect(afterwards.filter((offset) => parked.includes(offset))).toEqual([]);
  });

  it('that died in an earlier slice: parked, whatever their handler would say', async () => {
    const { run, calls, box } = sliceSetUp(failingAt([0, 2], permanent));
    await run([next(0)]);
    await expect(run([next(1), next(2), orderRecord(3)])).resolves.toEqual({ kind: 'done', position: 4 });
    expect(box.seen).toEqual(['0: permanent', '1: parked-behind', '2: parked-behind']);
    expect(calls).toEqual([[0], [3]]);
  });

  it('a type the group does not handle: skipped, not parked', async () => {
    const { run, box } = sliceSetUp();
    const paid = { 'event-type': Buffer.from('order.paid') };
    await run([record(0, { key, value: 'x' }), record(1, { key, value: 'x', headers: paid })]);
    expect(box.seen).toEqual(['0: not-json']);
  });

  it('while the dead-letter topic is away: nothing passes, nothing of the slice is handled; then all of it, once', async () => {
    const { run, box, calls, store } = sliceSetUp();
    box.refusal = ({ headers }) =>
      headers['dlq-reason'] === 'parked-behind' ? new NotAcceptedError('no') : undefined;
    const messages = [record(0, { key, value: 'x' }), next(1), orderRecord(2)];
    await expect(run(messages)).resolves.toMatchObject({ kind: 'blocked', position: 0 });
    expect([calls, store.letters.seen, store.positions.size]).toEqual([[], [], 0]);
    box.refusal = () => undefined;
    await expect(run(messages)).resolves.toEqual({ kind: 'done', position: 3 });
    expect([calls, box.seen]).toEqual([[[2]], ['0: not-json', '1: parked-behind']]);
    expect(store.letters.seen).toEqual(box.seen);
  });

  it('is counted as parked', async () => {
    eventsProcessedTotal.reset();
    const { run } = sliceSetUp();
    await run([record(0, { key, value: 'x' }), next(1), next(2)]);
    const { values } = await eventsProcessedTotal.get();
    expect(values.map(({ labels, value }) => [labels.event_type, labels.outcome, value])).toEqual([
      ['unreadable', 'dead-lettered', 1],
      ['order.created', 'parked', 2],
    ]);
  });
});
