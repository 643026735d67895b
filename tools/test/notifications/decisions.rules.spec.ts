import { MARKS, whyNotMarked, whyNotResent } from '../../src/notifications/decisions.rules.ts';
import { STATES } from '../../src/notifications/selection.ts';

const row = (state: (typeof STATES)[number]) => ({ state, recipient: 'ada@example.com', erased_at: null });

it('sent again: only what is unknown or has failed, and has somebody to go to', () => {
  expect(STATES.filter((state) => whyNotResent(row(state)) === undefined)).toEqual(['failed', 'unknown']);
  expect(whyNotResent({ ...row('unknown'), erased_at: new Date() })).toMatch(/erased/);
  expect(whyNotResent({ ...row('failed'), recipient: null })).toMatch(/nobody/);
});

it('marked: only what can be said of it', () => {
  const possible = MARKS.map((mark) => [
    mark,
    STATES.filter((state) => whyNotMarked(row(state), mark) === undefined),
  ]);
  expect(Object.fromEntries(possible)).toEqual({
    sent: ['failed', 'unknown'],
    failed: ['queued', 'sent', 'unknown'],
    unknown: ['queued'],
  });
});
