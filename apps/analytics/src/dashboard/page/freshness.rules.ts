import { STALE_MS } from './age.rules.ts';

/** What the page knows of its connection. */
export interface Connection {
  /** When the service last said that the figures hold, by the page's clock; undefined before the first word. */
  readonly heardAtMs: number | undefined;
  readonly isConnected: boolean;
  readonly isReceiving: boolean;
  readonly trouble: string | undefined;
}

export interface Freshness {
  readonly state: 'connecting' | 'live' | 'paused' | 'held-up' | 'stale';
  readonly word: string;
  /** What people have to know before they rely on the figures; empty while all is well. */
  readonly notice: string;
}

/** Whether the figures can be relied on. */
export function freshnessOf(
  connection: Connection,
  now: { readonly ageMs: number | undefined; readonly isPaused: boolean },
): Freshness {
  const { isConnected, isReceiving, trouble } = connection;
  if (trouble !== undefined)
    return { state: 'stale', word: 'Out of date', notice: `${trouble} The figures below are old.` };
  if (now.ageMs === undefined)
    return { state: 'connecting', word: isConnected ? 'Connected' : 'Connecting', notice: '' };
  if (!isConnected || now.ageMs > STALE_MS)
    return {
      state: 'stale',
      word: 'Reconnecting',
      notice:
        'The connection to the service is lost. The figures below are old; the page tries again by itself.',
    };
  if (!isReceiving)
    return {
      state: 'held-up',
      word: 'Waiting for events',
      notice:
        'The service is not receiving events at the moment. What happens now will be counted once it does.',
    };
  return now.isPaused
    ? { state: 'paused', word: 'Paused', notice: '' }
    : { state: 'live', word: 'Live', notice: '' };
}
