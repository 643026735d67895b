import { GroupMember } from '../src/consumer/group-member.ts';
import { DeadLetterBox } from './support/dead-letter-box.ts';
import { MemoryStore } from './support/memory-store.ts';

function member(): GroupMember {
  return new GroupMember({
    kafka: { clientId: 'test', brokers: ['127.0.0.1:1'] },
    group: 'test',
    subscriptions: [],
    store: new MemoryStore(),
    deadLetters: new DeadLetterBox().publisher,
    lookEveryMs: 10_000,
  });
}

describe('GroupMember: when silence means death', () => {
  it('joined, and no fetch for longer than a session: dead', () => {
    const joined = member();
    joined.isJoined = true;
    expect(joined.isSilent(joined.lastTurnAtMs + 9_000)).toBe(false);
    expect(joined.isSilent(joined.lastTurnAtMs + 11_000)).toBe(true);
  });

  it('waiting to join: alive for as long as the slowest member of the group may make it wait', () => {
    const joining = member();
    expect(joining.isSilent(joining.lastTurnAtMs + 60_000 + 6_000)).toBe(false);
    expect(joining.isSilent(joining.lastTurnAtMs + 80_000)).toBe(true);
  });
});
