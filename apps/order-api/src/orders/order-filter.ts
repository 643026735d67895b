import { fields } from '@orderstream/events';
import { mistakesOf, Problem, type Mistake } from '@orderstream/service';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { decodeCursor } from '../read-model/cursor.rules.ts';
import type { OrderFilter } from '../read-model/order-queries.ts';
import { ORDER_STATUSES } from '../read-model/order.ts';

/** The query of GET /v1/orders. Unknown parameters are refused: a misspelt filter must not list everything. */
export const OrderListQuery = Type.Object(
  {
    customer_id: Type.Optional(fields.CustomerId),
    status: Type.Optional(Type.Enum([...ORDER_STATUSES])),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    cursor: Type.Optional(Type.String({ description: '`next_cursor` of the page before' })),
  },
  { additionalProperties: false },
);

const validator = Compile(OrderListQuery);
const DEFAULT_LIMIT = 20;

/** @throws Problem 400 naming every wrong parameter */
export function readOrderFilter(query: Readonly<Record<string, unknown>>): OrderFilter {
  const { limit = DEFAULT_LIMIT } = query;
  const filter: unknown = { ...query, limit: asInteger(limit) };
  if (!validator.Check(filter)) throw invalidQuery(mistakesOf(validator, filter));
  if (filter.cursor !== undefined && decodeCursor(filter.cursor) === undefined) {
    throw invalidQuery([{ pointer: '#/cursor', detail: 'is not a cursor of this list' }]);
  }
  return filter satisfies Static<typeof OrderListQuery>;
}

function asInteger(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}

/** The pointers' first token is the parameter's name. */
function invalidQuery(errors: readonly Mistake[]): Problem {
  return new Problem({
    status: 400,
    kind: 'invalid-query',
    title: 'The query is invalid',
    detail: `${errors.length} ${errors.length === 1 ? 'parameter is' : 'parameters are'} wrong.`,
    errors,
  });
}
