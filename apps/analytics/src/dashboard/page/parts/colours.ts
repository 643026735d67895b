import { useEffect, useState } from 'preact/hooks';

const NAMES = ['bar', 'bar-good', 'outline', 'area', 'bad', 'faint', 'grid'] as const;

export type Colour = (typeof NAMES)[number];
export type Colours = Readonly<Record<Colour, string>>;

/** The page's colours for a canvas, which knows no custom properties; others when the reader's scheme changes. */
export function useColours(): Colours {
  const [colours, setColours] = useState(readColours);
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const onChange = (): void => setColours(readColours());
    scheme.addEventListener('change', onChange);
    return () => scheme.removeEventListener('change', onChange);
  }, []);
  return colours;
}

/** light-dark() is resolved only where a property is used as a colour: so a probe wears each of them in turn. */
function readColours(): Colours {
  const probe = document.body.appendChild(document.createElement('i'));
  const resolved = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(resolved) as Record<Colour, string>;
}
