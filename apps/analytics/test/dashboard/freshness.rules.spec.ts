import { freshnessOf, type Connection } from '../../src/dashboard/page/freshness.rules.ts';

const fine: Connection = { heardAtMs: 0, isConnected: true, isReceiving: true, trouble: undefined };

it.each([
  ['nothing heard yet', { ...fine, isConnected: false }, undefined, false, 'connecting'],
  ['heard a moment ago', fine, 400, false, 'live'],
  ['the same while paused', fine, 400, true, 'paused'],
  ['silent for longer than it speaks', fine, 3_100, false, 'stale'],
  ['the connection broke', { ...fine, isConnected: false }, 400, true, 'stale'],
  ['the warehouse does not answer', { ...fine, trouble: 'It does not answer.' }, 400, false, 'stale'],
  ['no events come in', { ...fine, isReceiving: false }, 400, false, 'held-up'],
])('%s: as expected', (_, connection, ageMs, isPaused, state) => {
  expect(freshnessOf(connection, { ageMs, isPaused }).state).toBe(state);
});

it('figures that cannot be relied on: said in words, too', () => {
  expect(freshnessOf({ ...fine, isConnected: false }, { ageMs: 9, isPaused: false }).notice).toContain('old');
  expect(freshnessOf(fine, { ageMs: 9, isPaused: false }).notice).toBe('');
});
