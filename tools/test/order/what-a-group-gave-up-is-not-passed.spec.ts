import {
  orderCreated,
  newEvent,
  recordOf,
  resolutionRecord,
  retryRecord,
  uuidv7,
  type OutgoingRecord,
} from '@orderstream/events';
import { kafkaMessageOf, type LogRecord } from '../../src/log/log-record.ts';
import { orderStory, type Handling } from '../../src/order/order-story.ts';
import { letterRecord } from '../dlq/letters.ts';
import { logged } from '../log/logged.ts';

const id = uuidv7();
const of = { topic: 'orders', group: 'worker' };

describe('what an order’s view says of a record that died', () => {
  const created = logged(orderCreatedRecord(), 7);
  const first = logged(letterRecord({ of, offset: 7, key: id }), 0);
  const again = (offset: number) => logged(letterRecord({ of, offset: 7, key: id, redriveCount: 1 }), offset);
  const redriven = (offset: number) => resolution('redriven', 1, offset);
  const copy = logged(retryRecord(kafkaMessageOf(first), { redriveCount: 1, isDiscarded: false }), 0);

  it('given up: an open dead letter, however far the group has come', () => {
    expect(workerOn([created, first])).toBe('given up');
  });

  it('handed back and died again, told after the resolution: given up', () => {
    expect(workerOn([created, first, copy, redriven(1), again(2)])).toBe('given up');
  });

  it('handed back and dead again before the resolution was written: given up all the same', () => {
    expect(workerOn([created, first, copy, again(1), redriven(2)])).toBe('given up');
  });

  it('handed back, or discarded: as far as the group has come', () => {
    expect(workerOn([created, first, copy, redriven(1)])).toBe('passed');
    expect(workerOn([created, first, copy, again(1), redriven(2), resolution('discarded', 1, 3)])).toBe(
      'passed',
    );
  });

  it('another group’s dead letter: says nothing of this one', () => {
    const others = logged(letterRecord({ of: { ...of, group: 'notifier' }, offset: 7, key: id }), 0);
    expect(workerOn([created, others])).toBe('passed');
  });

  function resolution(kind: 'redriven' | 'discarded', redriveCount: number, offset: number): LogRecord {
    const said = { kind, redriveCount, by: 'ada', why: 'mended', at: '2026-06-13T10:00:02.000Z' };
    return logged(resolutionRecord(kafkaMessageOf(first), said), offset);
  }
});

function workerOn(records: readonly LogRecord[]): Handling['state'] | undefined {
  const positions = new Map([['worker', new Map([['orders/0', 8]])]]);
  const story = orderStory(id, records, { holdings: [], positions }, { mails: [], sms: [] });
  return story.handling.find(({ group }) => group === 'worker')?.state;
}

function orderCreatedRecord(): OutgoingRecord {
  const payload = {
    order_id: id,
    customer_id: 'ada',
    currency: 'EUR' as const,
    amount_total: 450,
    items: [{ sku: 'tea', quantity: 1, unit_amount: 450 }],
    contact: { email: 'ada@example.com' },
  };
  return recordOf('orders', id, newEvent(orderCreated, payload, { source: 'order-api' }));
}
