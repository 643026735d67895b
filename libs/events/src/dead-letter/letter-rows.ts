/** What is kept of a dead letter besides the offset of its original record. Whole numbers that a double holds. */
export interface LetterRow {
  /** Where the letter lies in its partition of the dead-letter topic. */
  readonly letterOffset: number;
  readonly tag: number;
}

/** Sorted rows of `WIDTH` numbers, one behind the other: original offset, letter offset, tag. */
interface Page {
  rows: Float64Array;
  count: number;
}

const WIDTH = 3;
const FIRST_ROWS = 8;
/** A row is put in its place by moving those behind it: half a page at most, 6 KB. */
const MAX_ROWS = 512;

/**
 * The letters of one original partition, by original offset. Letters come by the hundred thousand when a whole topic cannot be handled, so
 * a row is 24 bytes and nothing else. Letters die in nearly the order of their records, which leaves no page half empty.
 */
export class LetterRows {
  readonly #pages: Page[] = [];

  get(offset: number): LetterRow | undefined {
    const page = this.#pages[this.#pageAt(offset)];
    if (page === undefined) return undefined;
    const row = rowAt(page, offset);
    return isOf(page, row, offset) ? read(page, row) : undefined;
  }

  set(offset: number, { letterOffset, tag }: LetterRow): void {
    let at = this.#pageAt(offset);
    let page = this.#pages[at];
    if (page === undefined) this.#pages.push((page = emptyPage()));
    let row = rowAt(page, offset);
    if (!isOf(page, row, offset)) {
      if (page.count === MAX_ROWS) {
        const isLast = at === this.#pages.length - 1 && row === MAX_ROWS;
        const next = isLast ? emptyPage() : cutInHalf(page);
        this.#pages.splice((at += 1), 0, next);
        if (isLast || row > page.count) {
          row -= page.count;
          page = next;
        }
      }
      makeRoom(page, row);
    }
    page.rows.set([offset, letterOffset, tag], row * WIDTH);
  }

  delete(offset: number): void {
    const at = this.#pageAt(offset);
    const page = this.#pages[at];
    if (page === undefined) return;
    const row = rowAt(page, offset);
    if (!isOf(page, row, offset)) return;
    page.rows.copyWithin(row * WIDTH, (row + 1) * WIDTH, page.count * WIDTH);
    page.count -= 1;
    if (page.count === 0) this.#pages.splice(at, 1);
    else if (page.count * 4 * WIDTH <= page.rows.length) resize(page, page.count * 2);
  }

  /** The original offsets of all rows that `isMeant` is true of. */
  offsetsWhere(isMeant: (row: LetterRow) => boolean): number[] {
    return this.#pages.flatMap((page) =>
      Array.from({ length: page.count }, (_, row) => row)
        .filter((row) => isMeant(read(page, row)))
        .map((row) => page.rows[row * WIDTH] as number),
    );
  }

  /** The last page that begins at or before the offset; else the first one. */
  #pageAt(offset: number): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pages[middle]?.rows[0] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function emptyPage(): Page {
  return { rows: new Float64Array(FIRST_ROWS * WIDTH), count: 0 };
}

/** Where the offset's row is, or belongs. */
function rowAt({ rows, count }: Page, offset: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle * WIDTH] as number) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isOf({ rows, count }: Page, row: number, offset: number): boolean {
  return row < count && rows[row * WIDTH] === offset;
}

function read({ rows }: Page, row: number): LetterRow {
  return { letterOffset: rows[row * WIDTH + 1] as number, tag: rows[row * WIDTH + 2] as number };
}

function makeRoom(page: Page, row: number): void {
  const capacity = page.rows.length / WIDTH;
  if (page.count === capacity) resize(page, Math.min(MAX_ROWS, capacity * 2));
  page.rows.copyWithin((row + 1) * WIDTH, row * WIDTH, page.count * WIDTH);
  page.count += 1;
}

/** Leaves the first half. @returns the second one */
function cutInHalf(page: Page): Page {
  const half = page.count >> 1;
  const second = { rows: page.rows.slice(half * WIDTH), count: page.count - half };
  page.count = half;
  return second;
}

function resize(page: Page, capacity: number): void {
  const rows = new Float64Array(capacity * WIDTH);
  rows.set(page.rows.subarray(0, page.count * WIDTH));
  page.rows = rows;
}
