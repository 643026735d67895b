import Type, { type TInteger, type TNumberOptions, type TSchema } from 'typebox';

/**
 * What a variable's schema may say beyond JSON Schema. Schemas carry it as additional keywords:
 * `Type.String({ secret: true, expects: 'an API key' })`.
 */
export interface VariableKeywords {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly { const?: unknown }[];
  readonly items?: TSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  /** What is expected, where the schema alone would not say it well. */
  readonly expects?: string;
  /** The value is never shown. */
  readonly secret?: boolean;
  /** Set together with this variable or not at all. */
  readonly requiredWith?: string;
  readonly duration?: boolean;
}

/** A length of time, written with its unit (`500ms`, `20s`, `5m`, `2h`, `7d`) and read as milliseconds; so are the limits. */
export function durationMs(options: Omit<TNumberOptions, 'default'> & { default?: string } = {}): TInteger {
  return Type.Integer({ minimum: 0, ...options, duration: true });
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds; undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(amount) * (UNITS_MS[unit] as number);
}

/** What the schema asks for, in words. */
export function expectation(schema: VariableKeywords): string {
  const what = schema.expects ?? `${kind(schema)}${range(schema)}`;
  return schema.description === undefined ? what : `${what} (${schema.description})`;
}

function kind(schema: VariableKeywords): string {
  if (schema.duration) return 'a duration such as 500ms, 20s, 5m or 2h';
  const choices = schema.enum ?? schema.anyOf?.map((branch) => branch.const);
  if (choices) return `one of ${choices.map(String).join(', ')}`;
  switch (schema.type) {
    case 'integer':
      return 'an integer';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a comma-separated list';
    case 'object':
      return 'a JSON object';
    default:
      return 'a text';
  }
}

function range({ minimum, maximum, duration }: VariableKeywords): string {
  const unit = duration ? ' ms' : '';
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}${unit}`;
  if (maximum !== undefined) return ` of at most ${maximum}${unit}`;
  return minimum === undefined || (duration && minimum === 0) ? '' : ` of at least ${minimum}${unit}`;
}
