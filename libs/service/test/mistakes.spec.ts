import { mistakesOf } from '../src/index.ts';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';

const strict = { additionalProperties: false };
const Item = Type.Object(
  {
    sku: Type.String({ minLength: 1, maxLength: 64 }),
    quantity: Type.Integer({ minimum: 1, maximum: 10_000 }),
  },
  strict,
);
const Order = Type.Object(
  {
    customer_id: Type.String({ pattern: '^[A-Za-z0-9_-]+$', description: 'letters, digits, _ and -' }),
    items: Type.Array(Item, { minItems: 1, maxItems: 100 }),
    note: Type.Optional(Type.String()),
  },
  strict,
);
const order = { customer_id: 'c-1', items: [{ sku: 'a', quantity: 1 }] };

function mistakes(schema: TSchema, value: unknown): [string, string][] {
  const validator = Compile(schema);
  return mistakesOf(validator, value).map(({ pointer, detail }) => [pointer, detail]);
}

describe('what is wrong and where', () => {
  it('nothing: no mistakes', () => expect(mistakes(Order, order)).toEqual([]));

  it('a missing member: pointed at itself', () => {
    expect(mistakes(Order, { items: [{}] })).toEqual([
      ['#/customer_id', 'is missing'],
      ['#/items/0/sku', 'is missing'],
      ['#/items/0/quantity', 'is missing'],
    ]);
  });

  it('an unknown member: pointed at itself', () => {
    expect(mistakes(Order, { ...order, custmer: 1, items: [{ sku: 'a', quantity: 1, prize: 2 }] })).toEqual([
      ['#/custmer', 'is not a known member'],
      ['#/items/0/prize', 'is not a known member'],
    ]);
  });

  it('the wrong kind of value at the top: pointed at the whole', () => {
    expect(mistakes(Order, [])).toEqual([['#', 'must be an object']]);
    expect(mistakes(Order, null)).toEqual([['#', 'must be an object']]);
  });

  it('limits: told with the limit', () => {
    const items = [
      { sku: '', quantity: 0 },
      { sku: 'x'.repeat(65), quantity: 10_001 },
      { sku: 1, quantity: 1.5 },
    ];
    expect(mistakes(Order, { ...order, items })).toEqual([
      ['#/items/0/sku', 'must not be empty'],
      ['#/items/0/quantity', 'must be at least 1'],
      ['#/items/1/sku', 'must have at most 64 characters'],
      ['#/items/1/quantity', 'must be at most 10000'],
      ['#/items/2/sku', 'must be a string'],
      ['#/items/2/quantity', 'must be an integer'],
    ]);
    expect(mistakes(Order, { ...order, items: [] })).toEqual([['#/items', 'must have at least 1 item']]);
  });

  it('a pattern: told with what it means', () => {
    expect(mistakes(Order, { ...order, customer_id: 'a b' })).toEqual([
      ['#/customer_id', 'must match ^[A-Za-z0-9_-]+$ (letters, digits, _ and -)'],
    ]);
  });

  it('null for an optional member: refused', () => {
    expect(mistakes(Order, { ...order, note: null })).toEqual([['#/note', 'must be a string']]);
  });
});

describe('pointers', () => {
  it.each([
    ['a/b', '#/a~1b'],
    ['a~b', '#/a~0b'],
    ['~1', '#/~01'],
    ['a b', '#/a%20b'],
    ['50%', '#/50%25'],
    ['a#b', '#/a%23b'],
    ['é', '#/%C3%A9'],
    ['', '#/'],
    ['__proto__', '#/__proto__'],
  ])('an unknown member named %j: %s', (name, pointer) => {
    const value: unknown = JSON.parse(`{${JSON.stringify(name)}:1}`);
    expect(mistakes(Type.Object({}, strict), value)).toEqual([[pointer, 'is not a known member']]);
  });
});

describe('unions', () => {
  const Payment = Type.Union([
    Type.Object({ outcome: Type.Literal('succeeded'), amount: Type.Integer() }, strict),
    Type.Object(
      { outcome: Type.Literal('failed'), amount: Type.Integer(), failure_code: Type.String() },
      strict,
    ),
  ]);

  it('a choice of constants: one mistake that lists them', () => {
    const Choice = Type.Object({ method: Type.Union([Type.Literal('card'), Type.Literal('wallet')]) });
    expect(mistakes(Choice, { method: 'cash' })).toEqual([['#/method', 'must be one of "card", "wallet"']]);
    expect(mistakes(Type.Enum(['a', 'b']), 'c')).toEqual([['#', 'must be one of "a", "b"']]);
  });

  it('more than 20 choices: not listed', () => {
    const codes = Array.from({ length: 21 }, (_, index) => `c${index}`);
    expect(mistakes(Type.Enum(codes), 'x')).toEqual([['#', 'must be one of the allowed values']]);
  });

  it('text or null: both are told', () => {
    expect(mistakes(Type.Union([Type.String(), Type.Null()]), 1)).toEqual([
      ['#', 'must be a string or null'],
    ]);
  });

  it('the branch that was meant: only its mistakes', () => {
    expect(mistakes(Payment, { outcome: 'failed', amount: 'x' })).toEqual([
      ['#/failure_code', 'is missing'],
      ['#/amount', 'must be an integer'],
    ]);
    expect(mistakes(Payment, { outcome: 'succeeded', amount: 1, failure_code: 'x' })).toEqual([
      ['#/failure_code', 'is not a known member'],
    ]);
  });

  it('no branch was meant: the choice between them', () => {
    expect(mistakes(Payment, { outcome: 'maybe', amount: 'x' })).toEqual([
      ['#/outcome', 'must be one of "succeeded", "failed"'],
    ]);
  });

  it('not even an object: said once', () => {
    expect(mistakes(Payment, 7)).toEqual([['#', 'must be an object']]);
  });

  it('in every element of an array: each element gets its own', () => {
    expect(
      mistakes(Type.Array(Payment), [{ outcome: 'x', amount: 1 }, 7, { outcome: 'failed', amount: 1 }]),
    ).toEqual([
      ['#/0/outcome', 'must be one of "succeeded", "failed"'],
      ['#/1', 'must be an object'],
      ['#/2/failure_code', 'is missing'],
    ]);
  });

  it('a union within a union: the innermost choice is told', () => {
    const Nested = Type.Union([
      Type.Object({ kind: Type.Literal('a'), value: Type.Union([Type.Literal(1), Type.Literal(2)]) }),
      Type.Object({ kind: Type.Literal('b') }),
    ]);
    expect(mistakes(Nested, { kind: 'a', value: 3 })).toEqual([['#/value', 'must be one of 1, 2']]);
  });

  it('the same union in every branch: one mistake among the others, it does not tell the branches apart', () => {
    const method = Type.Union([Type.Literal('card'), Type.Literal('wallet')]);
    const Same = Type.Union([
      Type.Object({ kind: Type.Literal('a'), method, amount: Type.Integer() }),
      Type.Object({ kind: Type.Literal('b'), method, amount: Type.Integer() }),
    ]);
    expect(mistakes(Same, { kind: 'a', method: 'cash', amount: 'x' })).toEqual([
      ['#/method', 'must be one of "card", "wallet"'],
      ['#/amount', 'must be an integer'],
    ]);
  });
});

describe('how many', () => {
  it('more than 50: the first 50, and the limit that others set stays as it was', () => {
    Settings.Set({ maxErrors: 8 });
    const value = { ...order, items: Array.from({ length: 60 }, () => ({ sku: '', quantity: 1 })) };
    expect(mistakes(Order, value)).toHaveLength(50);
    expect(Settings.Get().maxErrors).toBe(8);
  });

  it('10,000 unknown members: 50 mistakes in well under a second', () => {
    const value = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, 1]));
    const took = Array.from({ length: 5 }, () => {
      const startedAtMs = performance.now();
      expect(mistakes(Type.Object({}, strict), value)).toHaveLength(50);
      return performance.now() - startedAtMs;
    });
    // The best of several: a busy machine may be slow at any one of them.
    expect(Math.min(...took)).toBeLessThan(500);
  });
});

it('values are never shown', () => {
  const secret = 'jane@example.com';
  const told = JSON.stringify(
    mistakes(Order, { customer_id: secret, items: [{ sku: [secret], quantity: secret }], note: { secret } }),
  );
  expect(told).not.toContain(secret);
});
