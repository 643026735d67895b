import type { ParquetWriter } from 'hyparquet-writer';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];
type Value = string | number | null;

/** A column of a table, as PostgreSQL describes it. */
export interface TableColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
}

/** A column on its way: how it is asked for, what it is in Parquet, and how a value that was asked for becomes one. */
export interface ParquetColumn {
  readonly name: string;
  /** SQL, about the table as `t`. */
  readonly select: string;
  readonly element: SchemaElement;
  readonly convert: (value: Value) => unknown;
}

interface Kind {
  readonly element: Omit<SchemaElement, 'name' | 'repetition_type'>;
  readonly select?: (column: string) => string;
  readonly convert?: (value: string | number) => unknown;
}

/** Precision of the exact sums; no total of minor units comes near it. */
const DIGITS = 38;
/** Bytes that hold so many digits, with their sign. */
const DIGIT_BYTES = 16;

const KINDS: Readonly<Record<string, Kind>> = {
  uuid: { element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } } },
  text: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } },
  integer: { element: { type: 'INT32' } },
  bigint: { element: { type: 'INT64' }, convert: BigInt },
  // PostgreSQL's own precision: microseconds.
  'timestamp with time zone': {
    element: {
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    },
    select: (column) => `(extract(epoch FROM ${column}) * 1000000)::bigint`,
    convert: BigInt,
  },
  // Sums of minor units: whole numbers that may outgrow 64 bits.
  numeric: {
    element: {
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: DIGIT_BYTES,
      converted_type: 'DECIMAL',
      precision: DIGITS,
      scale: 0,
      logical_type: { type: 'DECIMAL', precision: DIGITS, scale: 0 },
    },
    convert: BigInt,
  },
};

/** @throws Error for a type that no table of the warehouse has yet */
export function parquetColumn({ name, type }: TableColumn): ParquetColumn {
  const kind = KINDS[type];
  if (kind === undefined) throw new Error(`no Parquet type is known for ${name} ${type}`);
  const { element, select, convert } = kind;
  return {
    name,
    select: `${select?.(`t.${name}`) ?? `t.${name}`} AS ${name}`,
    element: { ...element, name, repetition_type: 'OPTIONAL' },
    convert: (value) => (value === null || convert === undefined ? value : convert(value)),
  };
}
