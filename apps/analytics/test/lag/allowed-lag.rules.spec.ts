import { allowedSeconds, parseAllowedLag } from '../../src/lag/allowed-lag.rules.ts';

describe('allowed lag', () => {
  const allowed = parseAllowedLag('60, notifier=300,analytics/web-events=120.5');
  if (allowed === undefined) throw new Error('not read');

  it.each([
    ['worker', 'orders', 60],
    ['notifier', 'orders', 300],
    ['notifier', 'orders.notifier.retry', 300],
    ['analytics', 'orders', 60],
    ['analytics', 'web-events', 120.5],
  ])('%s on %s: %d seconds', (group, topic, seconds) =>
    expect(allowedSeconds(allowed, group, topic)).toBe(seconds),
  );

  it.each(['', 'notifier=300', '60,60', '60,worker=1,worker=2', '-1', '60,worker', '60;worker=1'])(
    '"%s": not understood',
    (text) => expect(parseAllowedLag(text)).toBeUndefined(),
  );
});
