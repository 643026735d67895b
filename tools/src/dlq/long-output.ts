import { endWithReader, printLine } from '../log/stdout.ts';

/** Writes the lines to stdout at the reader's pace: several 100,000 letters do not fit into one string. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  endWithReader(() => undefined);
  for (const line of lines) await printLine(line);
}

/** What `JSON.stringify(document, null, 2)` says, cut at line feeds; lists are made item by item. */
export function* jsonLines(document: object): Generator<string> {
  const members = Object.entries(document) as [string, unknown][];
  yield '{';
  for (const [index, [name, value]] of members.entries()) {
    const opening = `  ${JSON.stringify(name)}: `;
    const end = index === members.length - 1 ? '' : ',';
    if (isList(value)) yield* listLines(opening, value, end);
    else yield `${opening}${indented(value, 2)}${end}`;
  }
  yield '}';
}

function* listLines(opening: string, items: Iterable<unknown>, end: string): Generator<string> {
  let before: string | undefined;
  for (const item of items) {
    yield before === undefined ? `${opening}[` : `${before},`;
    before = `    ${indented(item, 4)}`;
  }
  if (before === undefined) {
    yield `${opening}[]${end}`;
    return;
  }
  yield before;
  yield `  ]${end}`;
}

function indented(value: unknown, spaces: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
