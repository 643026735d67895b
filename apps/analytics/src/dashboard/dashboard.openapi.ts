import { headers, json, problem, type HttpInterface, type Response } from '@orderstream/service/openapi';
import Type from 'typebox';

const count = Type.Integer({ minimum: 0 });
const time = Type.String({ format: 'date-time' });
const money = Type.String({
  description: 'minor units; a text, because sums outgrow what a JSON number keeps exact',
});
const digits = Type.Integer({ description: 'decimals of the currency (ISO 4217)' });
const currency = Type.String({ description: 'ISO 4217' });
const counts = { created: count, confirmed: count, rejected: count, paid: count, cancelled: count };
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** `LatestOrder` of page/snapshot.ts, as the others here: the page and the document describe the same answers. */
const ListedOrder = {
  order_id: Type.String({ format: 'uuid' }),
  ordered_at: time,
  customer_id: Type.String(),
  item_count: count,
  currency,
  minor_unit_digits: digits,
  amount_total: Type.Integer({ description: 'minor units' }),
  status: Type.Enum(['accepted', 'confirmed', 'rejected', 'paid', 'cancelled']),
};

const OrderStory = Type.Object({
  ...ListedOrder,
  items: Type.Array(Type.Object({ sku: Type.String(), quantity: count, unit_amount: Type.Integer() })),
  steps: Type.Array(
    Type.Object({
      step: Type.Enum(['created', 'confirmed', 'rejected', 'paid', 'cancelled', 'payment-failed']),
      at: time,
      detail: Type.Optional(Type.String()),
    }),
    { description: 'in the order they happened' },
  ),
});

const DashboardSnapshot = Type.Object({
  as_of: time,
  receiving: Type.Boolean({ description: 'false while the answering instance takes no events' }),
  time_zone: Type.String(),
  today: Type.Object({
    since: time,
    orders: Type.Object(counts),
    revenue: Type.Array(
      Type.Object({
        currency,
        minor_unit_digits: digits,
        amount_created: money,
        amount_confirmed: money,
        amount_paid: money,
      }),
    ),
  }),
  minutes: Type.Array(Type.Object({ minute: time, ...counts, revenue: Type.Record(Type.String(), money) }), {
    description: 'the last 60, oldest first; those in which nothing happened are left out',
  }),
  latest_orders: Type.Array(Type.Object(ListedOrder), { description: 'newest first' }),
  latency: nullable(
    Type.Object({
      orders: count,
      p50_ms: Type.Number(),
      p99_ms: Type.Number(),
      warehouse: nullable(Type.Object({ events: count, p50_ms: Type.Number(), p99_ms: Type.Number() })),
    }),
  ),
  funnel: Type.Object({ viewed: count, added_to_cart: count, began_checkout: count, purchased: count }),
  top_products: Type.Array(
    Type.Object({
      sku: Type.String(),
      pieces: count,
      amounts: Type.Array(Type.Object({ currency, minor_unit_digits: digits, amount: money })),
    }),
  ),
  fraud: Type.Array(
    Type.Object({
      subject_type: Type.String(),
      subject_id: Type.String(),
      rule: Type.String(),
      score: Type.Number({ minimum: 0, maximum: 1 }),
      detected_at: time,
      evidence: Type.Object({}),
      minor_unit_digits: Type.Optional(digits),
    }),
  ),
  lag: Type.Object({
    checked_at: nullable(time),
    groups: Type.Array(
      Type.Object({
        group: Type.String(),
        topic: Type.String(),
        records: count,
        seconds: Type.Number(),
        verdict: nullable(Type.Enum(['OK', 'WARN', 'STALLED', 'STOPPED'])),
        members: count,
        threshold: Type.Number({ description: 'seconds that the alert rule allows' }),
        alerting: Type.Boolean(),
        hint: Type.String(),
      }),
    ),
  }),
  dead_letters: Type.Object({
    checked_at: nullable(time),
    counts: Type.Array(
      Type.Object({ group: Type.String(), topic: Type.String(), reason: Type.String(), count }),
    ),
  }),
});

const tags = ['dashboard'];
const unavailable: Response = {
  ...problem('The warehouse does not answer, or too many are watching.'),
  headers: headers({ 'Retry-After': 'seconds' }),
};

/** What /openapi.json says of this service. A test holds it against the routes and the answers there are. */
export const httpInterface = {
  description: 'The live dashboard’s figures; the page itself is at `/`.',
  paths: {
    '/v1/dashboard': {
      get: {
        operationId: 'readDashboard',
        tags,
        summary: 'All that the dashboard shows, as of now',
        responses: {
          200: { description: 'The figures.', content: json('DashboardSnapshot') },
          503: unavailable,
        },
      },
    },
    '/v1/dashboard/events': {
      get: {
        operationId: 'watchDashboard',
        tags,
        summary: 'The same as server-sent events, whenever something changes',
        description:
          '`snapshot` carries all figures; `current` says that the last ones still hold; `trouble` what keeps them from being current.',
        responses: {
          200: {
            description: 'A stream without an end.',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          503: unavailable,
        },
      },
    },
    '/v1/dashboard/orders/{order_id}': {
      get: {
        operationId: 'readOrderStory',
        tags,
        summary: 'One order and its way',
        parameters: [
          { name: 'order_id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
        ],
        responses: {
          200: { description: 'The order.', content: json('OrderStory') },
          404: problem('The warehouse knows no such order.'),
          503: unavailable,
        },
      },
    },
  },
  schemas: { DashboardSnapshot, OrderStory },
} satisfies HttpInterface;
