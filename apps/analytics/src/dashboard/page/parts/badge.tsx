export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'quiet';

/** A state in a word; the colour only repeats it. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span class="badge" data-tone={tone}>
      {children}
    </span>
  );
}
