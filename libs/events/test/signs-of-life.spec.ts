import { SignsOfLife } from '../src/consumer/signs-of-life.ts';

describe('SignsOfLife: when silence means death', () => {
  it('joined, and no fetch for longer than a session: dead', () => {
    const life = new SignsOfLife();
    life.joinEnds();
    expect(life.isSilent(life.lastTurnAtMs + 9_000)).toBe(false);
    expect(life.isSilent(life.lastTurnAtMs + 11_000)).toBe(true);
  });

  it('waiting to join: alive for as long as the slowest member of the group may make it wait', () => {
    const life = new SignsOfLife();
    expect(life.isSilent(life.lastTurnAtMs + 60_000 + 6_000)).toBe(false);
    expect(life.isSilent(life.lastTurnAtMs + 80_000)).toBe(true);
  });

  it('waiting to join again: likewise', () => {
    const life = new SignsOfLife();
    life.joinEnds();
    life.joinBegins();
    expect(life.isJoined).toBe(false);
    expect(life.isSilent(life.lastTurnAtMs + 60_000 + 6_000)).toBe(false);
    expect(life.isSilent(life.lastTurnAtMs + 80_000)).toBe(true);
  });

  it('with a batch in work: alive for as long as it takes', () => {
    const life = new SignsOfLife();
    life.joinEnds();
    life.workBegins();
    expect(life.isSilent(life.lastTurnAtMs + 300_000)).toBe(false);
    life.workEnds();
    expect(life.isSilent(life.lastTurnAtMs + 11_000)).toBe(true);
  });
});
