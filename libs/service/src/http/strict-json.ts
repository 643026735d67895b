import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Mistake } from '../validation/mistakes.ts';
import { decodeLiteral, findTextFaults, MAX_DEPTH, NEEDS_ESCAPE, TextFaults } from './json-faults.ts';
import { invalidBody, Problem } from './problem.ts';

/** Escapes that may stand for a control character or half a surrogate pair; a harmless `\\n` matches too and is sorted out later. */
const DOUBTFUL_ESCAPE = /\\(?:[bfnrt]|u00[01]|u[dD][89a-fA-F])/;

/** Matches at every quote, also one that is never closed: the search would begin anew at each one behind it. */
const STRING_OR_NAME = /"(?:[^"\\]|\\[^])*(?:"(\s*:)?|\\?$)/g;

/**
 * Parses a request body as JSON and refuses what JSON.parse lets through: invalid UTF-8, a byte order mark, duplicate member
 * names, control characters and lone surrogates in any text, names with quotes or backslashes, `__proto__`, nesting beyond 64. Nothing is trimmed or normalised.
 *
 * @throws Problem 400, with a pointer to each offending member
 */
export function parseStrictJson(bytes: Buffer): unknown {
  const { text, value, isClean } = parseText(bytes);
  const faults = isClean ? [] : findTextFaults(text);
  if (faults.length > 0) throw invalidBody(faults);
  return value;
}

/** Which elements of a body are judged one by one. */
export interface BodyItems {
  /** Member of the body, an array of them. */
  readonly member: string;
  /** Of more items than this a fault is one of the whole body. */
  readonly maxItems: number;
}

/** A body, and which of its items must not be used, whatever they were parsed to. */
export interface StrictItems {
  readonly value: unknown;
  /** What is wrong with the text of items, by index. */
  readonly faults: ReadonlyMap<number, readonly Mistake[]>;
}

/** Others have their turn after so long, ms, while a long text is searched for faults. */
const TURN_MS = 5;
/** How many characters are read between two looks at the clock. */
const PART_CHARACTERS = 2_048;

/**
 * The same for a body of many items, in turns: what is wrong with the text of an item, or with names in it, is a fault of that item only.
 *
 * @param isGone whether nobody waits for it any more: then it is not searched to its end
 * @throws Problem 400 for what is no JSON, nested too deep, or wrong outside of the items
 */
export async function parseStrictItems(
  bytes: Buffer,
  { member, maxItems }: BodyItems,
  isGone = (): boolean => false,
): Promise<StrictItems> {
  const { text, value, isClean } = parseText(bytes);
  if (isClean) return { value, faults: new Map() };
  const faults = new TextFaults(text, countItems(value, member) <= maxItems ? member : undefined);
  for (let turnEndsMs = performance.now() + TURN_MS; !faults.readOn(PART_CHARACTERS);) {
    if (performance.now() < turnEndsMs) continue;
    await nextTurn();
    if (isGone()) throw notJson('Whoever sent the body has gone.');
    turnEndsMs = performance.now() + TURN_MS;
  }
  if (faults.ofAll.length > 0) throw invalidBody([...faults.ofAll, ...[...faults.ofItems.values()].flat()]);
  return { value, faults: faults.ofItems };
}

function countItems(value: unknown, member: string): number {
  const items = (value as Readonly<Record<string, unknown>> | null)?.[member];
  return Array.isArray(items) ? items.length : 0;
}

/** `isClean`: nothing is wrong with the text; otherwise something may be. @throws Problem 400 for what is no JSON */
function parseText(bytes: Buffer): { text: string; value: unknown; isClean: boolean } {
  if (bytes.length === 0) throw notJson('The body is empty.');
  if (!isUtf8(bytes)) throw notJson('The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) throw notJson('The body begins with a byte order mark.');
  const plain = text.includes('\\') ? withPlainNames(text) : undefined;
  const value = parse(text, plain ?? text);
  return { text, value, isClean: plain === undefined && isSurelyClean(text, value) };
}

/**
 * The same text without escapes in members' names; undefined when it has none. JSON.parse of V8 12.8 and later may take an
 * escaped name for another one that an earlier text had at that place (nodejs/node#63785), so it must not see any. Those that
 * cannot be written otherwise stay, and are refused afterwards.
 */
function withPlainNames(text: string): string | undefined {
  let hasEscapedNames = false;
  const plain = text.replace(STRING_OR_NAME, (literal: string, colon: string | undefined) => {
    if (colon === undefined || !literal.includes('\\')) return literal;
    hasEscapedNames = true;
    const name = decodeLiteral(literal.slice(0, -colon.length));
    return name === undefined || NEEDS_ESCAPE.test(name) ? literal : `"${name}"${colon}`;
  });
  return hasEscapedNames ? plain : undefined;
}

function parse(text: string, plain: string): unknown {
  try {
    return JSON.parse(plain) as unknown;
  } catch (error) {
    // A raw control character is a syntax error to JSON.parse, but a rule about text to the caller: it gets its pointer.
    const faults = findTextFaults(text);
    if (faults.length > 0) throw invalidBody(faults);
    // Only the place is taken from V8's message: the rest of it quotes the body.
    const place = / \(line (\d+) column (\d+)\)$/.exec(error instanceof Error ? error.message : '');
    throw notJson(
      place
        ? `The body stops being JSON at line ${place[1]}, column ${place[2]}.`
        : 'The body is not valid JSON.',
    );
  }
}

function notJson(detail: string): Problem {
  return new Problem({ status: 400, kind: 'malformed-json', title: 'The body is not JSON', detail });
}

/**
 * True when nothing can be wrong with a text that parsed to `value`. Every member has one colon outside of strings, so as many
 * colons as members means that none of them was overwritten by a later one of the same name.
 */
function isSurelyClean(text: string, value: unknown): boolean {
  const members = countMembers(value, 0);
  if (members < 0) return false;
  if (text.includes('\\') && DOUBTFUL_ESCAPE.test(text)) return false;
  return members === countColons(text) || members === countStructuralColons(text);
}

/** Members of all objects in `value`; negative when one of them is `__proto__` or the nesting is too deep. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= MAX_DEPTH) return Number.NEGATIVE_INFINITY;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) count += countMembers(element, depth + 1);
    return count;
  }
  for (const name in value) {
    if (name === '__proto__') return Number.NEGATIVE_INFINITY;
    count += 1 + countMembers((value as Record<string, unknown>)[name], depth + 1);
  }
  return count;
}

/** All colons, those inside of strings too: hops from one to the next, five times as fast as looking at every character. */
function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count++;
  return count;
}

function countStructuralColons(text: string): number {
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character === BACKSLASH) at++;
      else if (character === QUOTE) inString = false;
    } else if (character === QUOTE) inString = true;
    else if (character === COLON) count++;
  }
  return count;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
