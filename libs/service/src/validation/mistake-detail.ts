import type { TSchema } from 'typebox';
import type { Finding } from './mistakes.ts';

/** More choices than this are not listed: nobody reads 180 currencies in an error. */
const MAX_LISTED = 20;

const TYPES: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  integer: 'an integer',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** What is wrong, for a person who knows the interface but not its code. */
export function detailOf(finding: Finding, schema: TSchema): string {
  const params = finding.params as Readonly<Record<string, unknown>>;
  const limit = Number(params['limit']);
  switch (finding.keyword) {
    case 'required':
      return 'is missing';
    case 'boolean':
      return 'is not a known member';
    case 'type':
    case 'const':
    case 'enum':
    case 'choice':
      return `must be ${inWords(finding)}`;
    case 'format':
      return `must be in the format ${describedAt(schema, finding.schemaPath) ?? String(params['format'])}`;
    case 'pattern': {
      const description = describedAt(schema, finding.schemaPath);
      return `must match ${String(params['pattern'])}${description === undefined ? '' : ` (${description})`}`;
    }
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${plural(limit, 'character')}`;
    case 'minItems':
      return `must have at least ${plural(limit, 'item')}`;
    case 'maxItems':
      return `must have at most ${plural(limit, 'item')}`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    default:
      return finding.message;
  }
}

function inWords({ keyword, params }: Finding): string {
  if (keyword === 'choice') {
    const choices = (params as { choices: Finding[] }).choices;
    const values = choices.flatMap(allowedValues);
    if (values.length > 0 && choices.every(({ keyword: rule }) => rule !== 'type')) return listed(values);
    return [...new Set(choices.map(inWords))].join(' or ');
  }
  if (keyword === 'type') {
    const types = [(params as { type: string | string[] }).type].flat();
    return types.map((type) => TYPES[type] ?? type).join(' or ');
  }
  return listed(allowedValues({ keyword, params } as Finding));
}

function allowedValues({ keyword, params }: Finding): unknown[] {
  if (keyword === 'choice') return (params as { choices: Finding[] }).choices.flatMap(allowedValues);
  if (keyword === 'const') return [(params as { allowedValue: unknown }).allowedValue];
  return keyword === 'enum' ? (params as { allowedValues: unknown[] }).allowedValues : [];
}

function listed(values: readonly unknown[]): string {
  const texts = [...new Set(values.map((value) => JSON.stringify(value)))];
  if (texts.length === 1) return texts[0] as string;
  return texts.length > MAX_LISTED ? 'one of the allowed values' : `one of ${texts.join(', ')}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The `description` of the schema at a JSON Pointer into `root`, if it has one. */
function describedAt(root: TSchema, schemaPath: string): string | undefined {
  let schema: unknown = root;
  for (const token of schemaPath.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof schema !== 'object' || schema === null || !Object.hasOwn(schema, name)) return undefined;
    schema = (schema as Record<string, unknown>)[name];
  }
  const description = (schema as { description?: unknown } | undefined)?.description;
  return typeof description === 'string' ? description : undefined;
}
