import pg from 'pg';
import { databaseUrl } from '@orderstream/testing';
import {
  bigintArray,
  integerArray,
  jsonbArray,
  textArray,
  timestamptzArray,
  uuidArray,
} from '../src/database/binary-arrays.ts';

describe('binary arrays', () => {
  const client = new pg.Client({ connectionString: databaseUrl() });
  beforeAll(() => client.connect());
  afterAll(() => client.end());

  const roundTrip = async (type: string, array: Buffer): Promise<unknown[]> => {
    const { rows } = await client.query<{ value: unknown }>(
      `SELECT value::text FROM unnest($1::${type}[]) WITH ORDINALITY AS t(value, i) ORDER BY i`,
      [array],
    );
    return rows.map(({ value }) => value);
  };

  it.each([
    [
      'uuid',
      uuidArray,
      ['0197f9a4-5e6b-7c3d-8a1b-0123456789ab', null, 'ffffffff-ffff-7fff-bfff-ffffffffffff'],
    ],
    ['text', textArray, ['', 'a "quoted", {braced} \\ text', null, 'Zoë 🚀 שלום']],
  ] as const)('%s: PostgreSQL reads what was written', async (type, encode, values) => {
    expect(await roundTrip(type, (encode as (v: readonly unknown[]) => Buffer)(values))).toEqual(values);
  });

  it('bigint: the whole range of safe integers arrives exactly', async () => {
    const values = [
      0,
      1,
      -1,
      2 ** 32,
      2 ** 32 - 1,
      -(2 ** 32) - 1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ];
    expect(await roundTrip('bigint', bigintArray([...values, null]))).toEqual([...values.map(String), null]);
  });

  it('integer: positive, negative and null arrive', async () => {
    expect(await roundTrip('integer', integerArray([7, -7, null]))).toEqual(['7', '-7', null]);
  });

  it('timestamptz: times before and after 2000 arrive to the millisecond', async () => {
    await client.query("SET timezone = 'UTC'");
    expect(
      await roundTrip(
        'timestamptz',
        timestamptzArray(['2026-06-13T10:00:00.123Z', '1999-12-31T23:59:59.999Z', null]),
      ),
    ).toEqual(['2026-06-13 10:00:00.123+00', '1999-12-31 23:59:59.999+00', null]);
  });

  it('jsonb: documents arrive', async () => {
    expect(await roundTrip('jsonb', jsonbArray(['{"a":1}', '[]', null]))).toEqual(['{"a": 1}', '[]', null]);
  });

  it('no elements: an empty array arrives', async () => {
    expect(await roundTrip('text', textArray([]))).toEqual([]);
    expect(await roundTrip('uuid', uuidArray([]))).toEqual([]);
  });
});
