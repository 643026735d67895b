import { newOrderExample } from './order-body.ts';

const order_id = '019a8c4e-7b1a-7c3e-9f54-2f6d0a4be001';
const event_id = '019a8c4e-7b1a-7f02-8d11-b3c6a1d2e002';
const accepted_at = '2026-11-21T10:00:00.000Z';
const confirmed_at = '2026-11-21T10:00:00.012Z';

export const acceptedOrderExample = {
  order_id,
  event_id,
  status: 'accepted',
  currency: newOrderExample.currency,
  amount_total: 4130,
  accepted_at,
};

export const orderExample = {
  order_id,
  customer_id: newOrderExample.customer_id,
  status: 'confirmed',
  currency: newOrderExample.currency,
  amount_total: 4130,
  items: newOrderExample.items,
  created_at: accepted_at,
  updated_at: confirmed_at,
  timeline: [
    { event_type: 'order.created', event_id, timestamp: accepted_at, source: 'order-api' },
    {
      event_type: 'order.confirmed',
      event_id: '019a8c4e-7b26-7a90-b1c7-55e0c9f7a003',
      timestamp: confirmed_at,
      source: 'worker',
    },
  ],
};

export const orderStreamExample = [
  'event: order.created',
  `id: ${event_id}`,
  `data: {"event_id":"${event_id}","event_type":"order.created", …}`,
  '',
  '',
].join('\n');
