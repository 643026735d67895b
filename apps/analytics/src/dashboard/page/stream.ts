import { LatestWord, type Word } from './latest-word.ts';
import type { DashboardSnapshot, StillCurrent, Trouble } from './snapshot.ts';

export interface StreamListener {
  readonly onSnapshot: (snapshot: DashboardSnapshot) => void;
  readonly onCurrent: (message: StillCurrent) => void;
  readonly onTrouble: (trouble: Trouble) => void;
  /** The connection is gone; another one is on its way. */
  readonly onBroken: () => void;
}

/** A server that speaks every second and has been silent for so long is not there, whatever TCP believes. */
const SILENT_MS = 5_000;
const WATCH_MS = 1_000;
const RETRY_MS = 1_000;

/**
 * Keeps the page connected. EventSource comes back by itself after some failures, gives up after others and never notices a peer
 * that vanished; so every failure, silence included, ends in a connection of our own making. A page nobody sees does not listen:
 * browsers allow six connections to a server, all tabs together.
 * @returns ends it
 */
export function listen(url: string, listener: StreamListener): () => void {
  let source: EventSource | undefined;
  let heardAtMs = 0;
  let retry: number | undefined;
  const latest = new LatestWord(({ event, data }) => {
    if (event === 'snapshot') listener.onSnapshot(JSON.parse(data) as DashboardSnapshot);
    else if (event === 'current') listener.onCurrent(JSON.parse(data) as StillCurrent);
    else listener.onTrouble(JSON.parse(data) as Trouble);
  });

  const open = (): void => {
    close();
    heardAtMs = performance.now();
    source = new EventSource(url);
    for (const event of ['snapshot', 'current', 'trouble'] satisfies Word['event'][])
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        heardAtMs = performance.now();
        latest.say({ event, data });
      });
    source.addEventListener('error', broken);
  };
  const close = (): void => {
    clearTimeout(retry);
    latest.forget();
    source?.close();
    source = undefined;
  };
  const broken = (): void => {
    close();
    listener.onBroken();
    // Spread out, so that a service that comes back is not met by all its viewers at once.
    retry = setTimeout(open, RETRY_MS + Math.random() * RETRY_MS);
  };

  const watch = setInterval(() => {
    if (source !== undefined && performance.now() - heardAtMs > SILENT_MS) broken();
  }, WATCH_MS);
  const onVisibility = (): void => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) open();
  return () => {
    clearInterval(watch);
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
