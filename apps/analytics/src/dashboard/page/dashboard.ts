import { Freshness } from './freshness.ts';
import { Figures } from './figures.ts';
import { part, write } from './dom.ts';
import { listen } from './stream.ts';

const figures = new Figures();
const freshness = new Freshness();

listen('v1/dashboard/events', {
  onSnapshot: (snapshot) => {
    figures.take(snapshot);
    freshness.heard(snapshot);
  },
  onCurrent: (message) => freshness.heard(message),
  onTrouble: ({ detail }) => freshness.troubled(detail),
  onBroken: () => freshness.broken(),
});

const pause = part<HTMLButtonElement>('pause');
pause.addEventListener('click', () => {
  const isPaused = figures.togglePause();
  write(pause, isPaused ? 'Resume' : 'Pause');
  freshness.setPaused(isPaused);
});

const copy = part<HTMLButtonElement>('copy');
copy.addEventListener('click', () => {
  const command = part('example').textContent;
  navigator.clipboard.writeText(command).then(
    () => write(copy, 'Copied'),
    () => getSelection()?.selectAllChildren(part('example')),
  );
});
