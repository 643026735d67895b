import { IsOptional, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { ConfigurationError, type WrongVariable } from './configuration-error.ts';
import { expectation, parseDuration, type VariableKeywords } from './variable.ts';

/** Text that is no value of the variable's kind. Not a value itself: `undefined` would pass as an optional member. */
const UNREADABLE = Symbol('unreadable');

/**
 * Reads the variables that `schema` names: numbers, booleans, durations, comma-separated lists and JSON objects become what their
 * schema says. An empty variable counts as absent; an absent one takes its default. The result is frozen.
 *
 * @throws ConfigurationError that names every wrong and every missing variable at once
 */
export function readEnvironment<T extends TProperties>(
  schema: TObject<T>,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Static<TObject<T>>> {
  const values: Record<string, unknown> = {};
  const wrong: WrongVariable[] = [];
  for (const [variable, property] of Object.entries<TSchema>(schema.properties)) {
    const keywords = property as VariableKeywords;
    const text = env[variable] === '' ? undefined : env[variable];
    const value = text === undefined ? defaultOf(keywords) : read(keywords, text);
    if (value === undefined) {
      const partner = keywords.requiredWith;
      if (partner !== undefined ? isSet(env, partner) : !IsOptional(property)) {
        const found = partner === undefined ? 'nothing' : `nothing although ${partner} is set`;
        wrong.push({ variable, expected: expectation(keywords), found });
      }
    } else if (value !== UNREADABLE && Check(property, value)) {
      values[variable] = deepFreeze(value);
    } else {
      wrong.push({ variable, expected: expectation(keywords), found: shown(keywords, text) });
    }
  }
  if (wrong.length > 0) throw new ConfigurationError(wrong);
  return Object.freeze(values) as Readonly<Static<TObject<T>>>;
}

function isSet(env: NodeJS.ProcessEnv, variable: string): boolean {
  return env[variable] !== undefined && env[variable] !== '';
}

function defaultOf(schema: VariableKeywords): unknown {
  return typeof schema.default === 'string' ? read(schema, schema.default) : schema.default;
}

function read(schema: VariableKeywords, text: string): unknown {
  if (schema.duration) return parseDuration(text) ?? UNREADABLE;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : UNREADABLE;
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : UNREADABLE);
    case 'array':
      return text.split(',').map((part) => read((schema.items ?? {}) as VariableKeywords, part.trim()));
    case 'object':
      return parseJson(text);
    default:
      return text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return UNREADABLE;
  }
}

function shown(schema: VariableKeywords, text: string | undefined): string {
  return schema.secret ? 'a value that is not shown because it is secret' : JSON.stringify(text);
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
