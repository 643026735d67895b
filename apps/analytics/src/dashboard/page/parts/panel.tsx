import type { ComponentChildren } from 'preact';

interface PanelProps {
  /** Also where it stands in the grid: see styles/layout.css. */
  readonly name: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A section of the page with its heading. */
export function Panel({ name, title, note, children }: PanelProps) {
  return (
    <section class={`panel ${name}`} data-panel={name} aria-labelledby={`${name}-title`}>
      <div class="heading">
        <h2 id={`${name}-title`}>{title}</h2>
        {note !== undefined && <p class="note">{note}</p>}
      </div>
      {children}
    </section>
  );
}

/** What a panel says while there is nothing to show. */
export function Quiet({ children }: { readonly children: ComponentChildren }) {
  return <p class="quiet">{children}</p>;
}
