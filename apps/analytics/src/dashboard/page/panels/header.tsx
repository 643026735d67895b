import { useEffect, useState } from 'preact/hooks';
import { ageText } from '../age.rules.ts';
import { freshnessOf, type Connection } from '../freshness.rules.ts';

const TICK_MS = 200;

interface HeaderProps {
  readonly connection: Connection;
  readonly pausedAtMs: number | undefined;
  readonly onTogglePause: () => void;
}

/** Says how old the figures are, and when they are not to be relied on. */
export function Header({ connection, pausedAtMs, onTogglePause }: HeaderProps) {
  const nowMs = useClock();
  const { heardAtMs } = connection;
  const ageMs = heardAtMs === undefined ? undefined : Math.max(0, nowMs - heardAtMs);
  const { state, word, notice } = freshnessOf(connection, { ageMs, isPaused: pausedAtMs !== undefined });
  const shownMs = pausedAtMs === undefined ? ageMs : nowMs - pausedAtMs;
  useEffect(() => void (document.body.dataset['state'] = state), [state]);
  return (
    <>
      <header>
        <h1>
          <span class="brand">Orderstream</span> Orders
        </h1>
        <p class="state">
          <span id="state" role="status">
            {word}
          </span>
          <span id="age">{shownMs === undefined ? '' : `updated ${ageText(shownMs)}`}</span>
        </p>
        <button type="button" id="pause" aria-pressed={pausedAtMs !== undefined} onClick={onTogglePause}>
          {pausedAtMs === undefined ? 'Pause' : 'Resume'}
        </button>
      </header>
      <p class="notice" role="alert" hidden={notice === ''}>
        {notice}
      </p>
    </>
  );
}

/** Renders whoever uses it anew a few times a second. */
function useClock(): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
