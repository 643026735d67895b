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
  const faults: Mistake[] = [];
  const frames: Frame[] = [];
  const report = (detail: string): void => {
    faults.push({ pointer: fragmentPointer(frames.map(({ token }) => token)), detail });
  };
  for (let at = 0; at < text.length && faults.length < MAX_MISTAKES; at++) {
    const frame = frames.at(-1);
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
        break;
      case ',':
        if (frame?.names) frame.expectsName = true;
        else if (frame) frame.token = Number(frame.token) + 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        const content = decodeLiteral(text.slice(at, end + 1));
        if (content === undefined) return faults;
        if (frame?.names && frame.expectsName) readName(frame, frame.names, content, report);
        else checkText(content, 'text', report);
        at = end;
        break;
      }
    }
    if (frames.length > MAX_DEPTH) {
      faults.push({ pointer: '#', detail: `must not nest deeper than ${MAX_DEPTH} levels` });
      return faults;
    }
  }
  return faults;
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
