import { newEvent, orderCancellationRequested, uuidv7 } from '@orderstream/events';
import type { OrderEvent } from '../../src/read-model/order.ts';
import { happensOnce, withoutRepeats, type Step } from '../../src/read-model/repeated-steps.rules.ts';
import { createdEvent, stepEvent } from '../support/other-services.ts';

const [order_id, other_id] = [uuidv7(), uuidv7()];
const created = createdEvent({ order_id });
const confirmed = stepEvent('orderConfirmed', order_id);
const again = stepEvent('orderConfirmed', order_id);
const paid = stepEvent('orderPaid', order_id);
const other = stepEvent('orderConfirmed', other_id);
const step = ({ event_type, payload }: OrderEvent): Step => ({ event_type, order_id: payload.order_id });

describe('withoutRepeats', () => {
  it.each<[string, { events: OrderEvent[]; doubtful: OrderEvent[]; known: Step[]; left: OrderEvent[] }]>([
    [
      'nothing is doubtful: all are left',
      { events: [created, confirmed, other], doubtful: [], known: [], left: [created, confirmed, other] },
    ],
    ['a step that is stored', { events: [again], doubtful: [again], known: [step(confirmed)], left: [] }],
    [
      'a step that stands before it in the batch',
      { events: [confirmed, paid, again], doubtful: [again], known: [], left: [confirmed, paid] },
    ],
    [
      'a step that was overtaken, for the first time and again: the first is left',
      { events: [confirmed, again], doubtful: [confirmed, again], known: [step(paid)], left: [confirmed] },
    ],
    [
      'the same step of another order: is left',
      { events: [again, other], doubtful: [again, other], known: [step(confirmed)], left: [other] },
    ],
  ])('%s', (_, { events, doubtful, known, left }) => {
    expect(withoutRepeats(events, new Set(doubtful), known)).toEqual(left);
  });
});

it('to be asked for a cancellation may happen more than once', () => {
  const asked = newEvent(orderCancellationRequested, { order_id }, { source: 'test' });
  expect([created, confirmed, asked].map(happensOnce)).toEqual([true, true, false]);
});
