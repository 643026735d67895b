import { uuidv7TimeMs } from '@orderstream/events';
import { sortBatch } from '../../src/web-events/web-events.rules.ts';

const NOW = Date.parse('2026-06-13T10:00:00.000Z');
const view = (more: object = {}): object => ({
  event_type: 'product.viewed',
  session_id: 's-1',
  properties: { sku: 'cup' },
  ...more,
});

describe('a batch of web events', () => {
  it('good and bad items: the good become events in their order, the bad are named by index and pointer', () => {
    const { events, rejected } = sortBatch(
      [
        view({ session_id: 'a', user_id: 'ada' }),
        view({ properties: { sku: '' } }),
        'nonsense',
        view({ session_id: 'b', timestamp: '2026-06-13T09:59:00.000Z' }),
        view({ event_type: 'page.closed' }),
        view({ colour: 'red', properties: { sku: 'cup', size: 1 } }),
        { session_id: 'c' },
      ],
      NOW,
    );
    expect(events).toMatchObject([
      {
        event_type: 'product.viewed',
        timestamp: '2026-06-13T10:00:00.000Z',
        payload: { session_id: 'a', user_id: 'ada', properties: { sku: 'cup' } },
      },
      { timestamp: '2026-06-13T09:59:00.000Z', payload: { session_id: 'b' } },
    ]);
    expect(events.map(({ event_id }) => uuidv7TimeMs(event_id))).toEqual([NOW, NOW]);
    expect(rejected.map(({ index, errors }) => [index, errors.map(({ pointer }) => pointer).sort()])).toEqual(
      [
        [1, ['#/events/1/properties/sku']],
        [2, ['#/events/2']],
        [4, ['#/events/4/event_type']],
        [5, ['#/events/5/colour', '#/events/5/properties/size']],
        [6, ['#/events/6/event_type']],
      ],
    );
  });

  it.each([
    ['7 days old', '2026-06-06T10:00:00.000Z', true],
    ['a millisecond older', '2026-06-06T09:59:59.999Z', false],
    ['5 minutes ahead', '2026-06-13T10:05:00.000Z', true],
    ['a millisecond further', '2026-06-13T10:05:00.001Z', false],
    ['a year ahead', '2027-06-13T10:00:00.000Z', false],
    ['without a zone', '2026-06-13T10:00:00.000', false],
  ])('a timestamp %s: taken as it is, or refused', (_, timestamp, isTaken) => {
    const { events, rejected } = sortBatch([view({ timestamp })], NOW);
    expect(events.map((event) => event.timestamp)).toEqual(isTaken ? [timestamp] : []);
    expect(rejected.map(({ errors }) => errors.map(({ pointer }) => pointer))).toEqual(
      isTaken ? [] : [['#/events/0/timestamp']],
    );
  });

  it.each([
    ['whole seconds', '2026-06-13T09:59:58Z', '2026-06-13T09:59:58.000Z'],
    ['tenths', '2026-06-13T09:59:58.1Z', '2026-06-13T09:59:58.100Z'],
    ['microseconds', '2026-06-13T09:59:58.123456Z', '2026-06-13T09:59:58.123Z'],
  ])('a timestamp in %s: the event says it in milliseconds, as every envelope does', (_, timestamp, said) => {
    expect(sortBatch([view({ timestamp })], NOW).events.map((event) => event.timestamp)).toEqual([said]);
  });

  it('an item whose text is wrong: refused unseen, however good it looks', () => {
    const errors = [{ pointer: '#/events/11/properties/sku', detail: 'must not occur twice in one object' }];
    const { events, rejected } = sortBatch([view({ session_id: 'a' }), view({ session_id: 'b' })], NOW, {
      firstIndex: 10,
      faults: new Map([[11, errors]]),
    });
    expect(events.map(({ payload }) => payload)).toMatchObject([{ session_id: 'a' }]);
    expect(rejected).toEqual([{ index: 11, errors }]);
  });

  it('names of what every object has, as types: refused, not looked up', () => {
    expect(
      sortBatch([view({ event_type: 'constructor' }), view({ event_type: '__proto__' })], NOW).rejected,
    ).toHaveLength(2);
  });
});
