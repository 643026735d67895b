import { MAX_MISTAKES, type Mistake } from '../validation/mistakes.ts';
import { fragmentPointer } from '../validation/pointer.ts';

/** Deeper than any schema here needs, and far from where a recursive reader runs out of stack. */
export const MAX_DEPTH = 64;

// eslint-disable-next-line no-control-regex -- these are what it looks for
const CONTROL = /[\u0000-\u001f]/;

/** What a JSON string can hold only as an escape, half a surrogate pair aside. */
// eslint-disable-next-line no-control-regex -- see CONTROL
export const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/u;

/** An object or array that is open at the place being read. */
interface Frame {
  /** The names met so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** Member name or index of what is being read. */
  token: string | number;
  expectsName: boolean;
}

/**
 * Reads JSON text once more, slowly, to say where it breaks the rules about text that a parsed value can no longer show:
 * duplicate names above all. Ends silently where the text stops being JSON.
 */
export function findTextFaults(text: string): Mistake[] {
  const faults = new TextFaults(text);
  faults.readOn();
  return faults.ofAll;
}

/** Of all items together: an answer is not to be a hundred times as long as its request. */
const MAX_IN_ITEMS = 500;
const MAX_SHOWN_NAME = 200;

/** The same reading in parts, so that others have their turn in between, and with the faults of single items kept apart. */
export class TextFaults {
  /** What is wrong with the text as a whole, at most 50. */
  readonly ofAll: Mistake[] = [];
  /** What is wrong within items, by their index, at most 50 of each, and beyond 500 of all the first of each. */
  readonly ofItems = new Map<number, Mistake[]>();
  readonly #text: string;
  readonly #itemsOf: string | undefined;
  readonly #frames: Frame[] = [];
  #at = 0;
  #inItems = 0;

  /** @param itemsOf name of the outermost object's member whose elements are the items; without it there are none */
  constructor(text: string, itemsOf?: string) {
    this.#text = text;
    this.#itemsOf = itemsOf;
  }

  /** Reads at least so many characters more. @returns whether all is read */
  readOn(characters = Infinity): boolean {
    const end = Math.min(this.#text.length, this.#at + characters);
    while (this.#at < end && this.ofAll.length < MAX_MISTAKES) this.#readToken();
    return this.#at >= this.#text.length || this.ofAll.length >= MAX_MISTAKES;
  }

  #readToken(): void {
    const [text, frames, at] = [this.#text, this.#frames, this.#at];
    const frame = frames.at(-1);
    this.#at += 1;
    switch (text[at]) {
      case '{':
        frames.push({ names: new Set(), token: '', expectsName: true });
        break;
      case '[':
        frames.push({ names: undefined, token: 0, expectsName: false });
        break;
      case '}':
      case ']':
        frames.pop();
        return;
      case ',':
        if (frame?.names) frame.expectsName = true;
        else if (frame) frame.token = Number(frame.token) + 1;
        return;
      case '"':
        this.#readString(frame, at);
        return;
      default:
        return;
    }
    if (frames.length <= MAX_DEPTH) return;
    this.ofAll.push({ pointer: '#', detail: `must not nest deeper than ${MAX_DEPTH} levels` });
    this.#at = text.length;
  }

  #readString(frame: Frame | undefined, start: number): void {
    const end = endOfString(this.#text, start);
    this.#at = end + 1;
    const content = decodeLiteral(this.#text.slice(start, end + 1));
    if (content === undefined) this.#at = this.#text.length;
    else if (frame?.names && frame.expectsName) readName(frame, frame.names, content, this.#report);
    else checkText(content, 'text', this.#report);
  }

  readonly #report = (detail: string): void => {
    const item = this.#item();
    if (item === undefined) return this.#add(this.ofAll, MAX_MISTAKES, detail);
    const faults = this.ofItems.get(item) ?? [];
    this.ofItems.set(item, faults);
    this.#add(faults, this.#inItems < MAX_IN_ITEMS ? MAX_MISTAKES : 1, detail);
  };

  #add(faults: Mistake[], room: number, detail: string): void {
    if (faults.length >= room) return;
    if (faults !== this.ofAll) this.#inItems += 1;
    faults.push({ pointer: fragmentPointer(this.#frames.map(({ token }) => clipped(token))), detail });
  }

  /** Index of the item that is being read; undefined outside of them. */
  #item(): number | undefined {
    const [outermost, list] = this.#frames;
    if (outermost?.names === undefined || list === undefined || list.names !== undefined) return undefined;
    return outermost.token === this.#itemsOf ? Number(list.token) : undefined;
  }
}

/** One name may be as long as the body, and stands in the pointer of each fault below it. */
function clipped(token: string | number): string | number {
  return typeof token === 'string' && token.length > MAX_SHOWN_NAME
    ? `${token.slice(0, MAX_SHOWN_NAME)}…`
    : token;
}

function readName(frame: Frame, names: Set<string>, name: string, report: (detail: string) => void): void {
  frame.token = name;
  frame.expectsName = false;
  if (names.has(name)) report('must not occur twice in one object');
  else if (name === '__proto__') report('must not have this name');
  else if (/["\\]/.test(name)) report('must not have quotes or backslashes in its name');
  else checkText(name, 'a member’s name', report);
  names.add(name);
}

function checkText(content: string, what: string, report: (detail: string) => void): void {
  if (CONTROL.test(content)) report(`must not contain control characters (U+0000 to U+001F) in ${what}`);
  else if (!content.isWellFormed()) report(`must not contain half a surrogate pair in ${what}`);
}

/** Index of the quote that ends the string which begins at `start`; the text's end when there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** The text a string literal stands for, raw control characters included, which JSON.parse would refuse. */
export function decodeLiteral(literal: string): string | undefined {
  try {
    // eslint-disable-next-line no-control-regex -- see CONTROL
    const escaped = literal.replace(/[\u0000-\u001f]/g, (character) =>
      JSON.stringify(character).slice(1, -1),
    );
    return JSON.parse(escaped) as string;
  } catch {
    return undefined;
  }
}
