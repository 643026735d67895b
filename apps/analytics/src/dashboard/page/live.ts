import { useEffect, useState } from 'preact/hooks';
import type { Connection } from './freshness.rules.ts';
import type { DashboardSnapshot } from './snapshot.ts';
import { listen } from './stream.ts';

/** What the stream said last, and how it stands with the stream. */
export interface Live {
  readonly snapshot: DashboardSnapshot | undefined;
  readonly connection: Connection;
}

const NOTHING_YET: Live = {
  snapshot: undefined,
  connection: { heardAtMs: undefined, isConnected: false, isReceiving: true, trouble: undefined },
};

/** Renders whoever uses it anew with every word of the stream. */
export function useLive(url: string): Live {
  const [live, setLive] = useState(NOTHING_YET);
  useEffect(
    () =>
      listen(url, {
        onSnapshot: (snapshot) => setLive({ snapshot, connection: heard(snapshot.receiving) }),
        onCurrent: ({ receiving }) => setLive((before) => ({ ...before, connection: heard(receiving) })),
        onTrouble: ({ detail }) =>
          setLive((before) => changed(before, { isConnected: true, trouble: detail })),
        onBroken: () => setLive((before) => changed(before, { isConnected: false })),
      }),
    [url],
  );
  return live;
}

function heard(isReceiving: boolean): Connection {
  return { heardAtMs: performance.now(), isConnected: true, isReceiving, trouble: undefined };
}

function changed(before: Live, change: Partial<Connection>): Live {
  return { ...before, connection: { ...before.connection, ...change } };
}
