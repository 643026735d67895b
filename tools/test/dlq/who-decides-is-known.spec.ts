import { userInfo } from 'node:os';
import { operatorName } from '../../src/dlq/operator-name.ts';
import { UsedWrongly } from '../../src/log/operation-refused.ts';

/** As `os.userInfo` where a container runs as a user without an entry. */
const nobody = (): string => {
  throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
};

describe('who decides', () => {
  it('the name that was given, else the user of this machine', () => {
    expect(operatorName({ by: 'ada' }, nobody)).toBe('ada');
    expect(operatorName({})).toBe(userInfo().username);
  });

  it('a user without a name: has to say it, unless nothing is written down', () => {
    expect(() => operatorName({}, nobody)).toThrow(UsedWrongly);
    expect(() => operatorName({}, nobody)).toThrow('--by');
    expect(operatorName({ dryRun: true }, nobody)).toBe('');
  });
});
