import { hasCommittedPast, movesBack, planReplay } from '../../src/replay/replay-plan.ts';

const bounds = new Map([[0, { low: 10, high: 100 }]]);

function plan(position: number | undefined, wanted: number, named?: number, committed = position) {
  const [only] = planReplay({
    bounds,
    wanted: new Map([[0, wanted]]),
    named,
    positions: new Map(position === undefined ? [] : [[0, position]]),
    committed: new Map(committed === undefined ? [] : [[0, committed]]),
  });
  return only as NonNullable<typeof only>;
}

describe('where a replay puts a group', () => {
  it('before its position: back there', () => {
    expect(plan(80, 30)).toMatchObject({ backTo: 30, records: 50, deletedBefore: undefined });
  });

  it('past its position: it stays, nothing is skipped', () => {
    const stays = plan(80, 90);
    expect(stays).toMatchObject({ backTo: 80, records: 0 });
    expect(movesBack(stays) || hasCommittedPast(stays)).toBe(false);
  });

  it('before what the log still holds: said', () => {
    expect(plan(80, 10, 3)).toMatchObject({ backTo: 10, records: 70, deletedBefore: 10 });
  });

  it('a partition it never handled: left alone', () => {
    const never = plan(undefined, 30);
    expect(never).toMatchObject({ backTo: undefined, records: 0 });
    expect(movesBack(never)).toBe(false);
  });

  it('set back in the database only, by a command that was cut off: Kafka is set, too', () => {
    const half = plan(30, 30, undefined, 80);
    expect(movesBack(half)).toBe(false);
    expect(hasCommittedPast(half)).toBe(true);
  });
});
