/** Ours and our customers' locales are fewer; but whoever asks for a preview, or registers, can name any of thousands. */
const MAX_FORMATS = 200;

/** Keeps formats, because making one takes 50 times as long as using it. Of more than it holds it forgets all and begins anew. */
export class FormatCache<Format> {
  readonly #formats = new Map<string, Format>();

  get(key: string, make: () => Format): Format {
    const known = this.#formats.get(key);
    if (known !== undefined) return known;
    if (this.#formats.size >= MAX_FORMATS) this.#formats.clear();
    const format = make();
    this.#formats.set(key, format);
    return format;
  }
}
