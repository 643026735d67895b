export interface Bar {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly note?: string;
}

/** Named quantities, each with a bar as long as its share of the largest. Read out, it is a plain list. */
export function Bars({ bars, label }: { readonly bars: readonly Bar[]; readonly label: string }) {
  const largest = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <ul class="bars" aria-label={label}>
      {bars.map(({ key, label: name, value, text, note }) => (
        <li key={key}>
          <span class="bar-name" title={name}>
            {name}
          </span>
          <span class="bar-text">
            <strong>{text}</strong>
            {note !== undefined && <span class="note"> {note}</span>}
          </span>
          <meter min={0} max={largest} value={value} aria-hidden="true" />
        </li>
      ))}
    </ul>
  );
}
