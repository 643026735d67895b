/**
 * Which record numbers carry a key, in ascending order. Most keys belong to one record, and a bare number then saves an array
 * for each of them (about 50 bytes a mail).
 */
export class KeyIndex {
  readonly #numbers = new Map<string, number | number[]>();

  add(key: string, number: number): void {
    const known = this.#numbers.get(key);
    if (known === undefined) this.#numbers.set(key, number);
    else if (typeof known === 'number') this.#numbers.set(key, [known, number]);
    else known.push(number);
  }

  of(key: string): readonly number[] {
    const known = this.#numbers.get(key);
    if (known === undefined) return [];
    return typeof known === 'number' ? [known] : known;
  }

  /** Every record that has a key starting with `prefix` and containing `part` after it. */
  containing(prefix: string, part: string): readonly number[] {
    const found = new Set<number>();
    for (const key of this.#numbers.keys()) {
      if (key.startsWith(prefix) && key.includes(part, prefix.length)) {
        for (const number of this.of(key)) found.add(number);
      }
    }
    return [...found].sort((one, other) => one - other);
  }

  clear(): void {
    this.#numbers.clear();
  }
}
