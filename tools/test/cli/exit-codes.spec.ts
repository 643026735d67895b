import { Command } from 'commander';
import { jest } from '@jest/globals';
import { registerDlq } from '../../src/commands/dlq.ts';
import { CommandFailed } from '../../src/exit-codes.ts';
import { PlatformError } from '../../src/platform/index.ts';
import { runCli } from '../../src/run-cli.ts';

describe('runCli', () => {
  const errors: string[] = [];
  beforeEach(() => {
    errors.length = 0;
    jest.spyOn(console, 'error').mockImplementation((text) => void errors.push(String(text)));
  });
  afterEach(() => jest.restoreAllMocks());

  it('a command that is done: 0', async () => {
    expect(
      await runCli(
        programThat(async () => undefined),
        ['work'],
      ),
    ).toBe(0);
  });

  it('help: 0', async () => {
    expect(await runCli(programThat(neverCalled), ['work', '--help'])).toBe(0);
  });

  it('a command that failed and said so: 1, nothing added', async () => {
    const failing = programThat(() => Promise.reject(new CommandFailed()));
    expect(await runCli(failing, ['work'])).toBe(1);
    expect(errors).toEqual([]);
  });

  it('something the platform foresees: 1, its sentence and the log, no stack', async () => {
    const error = new PlatformError('port-taken', 'Port 1 is taken.', ['FATAL: in use']);
    expect(
      await runCli(
        programThat(() => Promise.reject(error)),
        ['work'],
      ),
    ).toBe(1);
    expect(errors).toEqual(['Port 1 is taken.\n    FATAL: in use']);
  });

  it('something nobody foresaw: 1, with its stack', async () => {
    expect(
      await runCli(
        programThat(() => Promise.reject(new TypeError('x is not y'))),
        ['work'],
      ),
    ).toBe(1);
    expect(errors.join('\n')).toMatch(/TypeError: x is not y\n +at /);
  });

  it.each([[['bogus']], [['work', '--bogus']], [['work', 'extra']], [['work', '--count']], [[]]])(
    'used wrongly (%j): 2',
    async (args) => {
      expect(await runCli(programThat(neverCalled), args)).toBe(2);
    },
  );

  it('dlq show of what is no record: 2, and nobody is asked for it', async () => {
    const program = new Command();
    registerDlq(program);
    expect(await runCli(program, ['dlq', 'show', 'nonsense', '--brokers', '127.0.0.1:1'])).toBe(2);
  });
});

function neverCalled(): Promise<void> {
  throw new Error('called');
}

function programThat(action: () => Promise<void>): Command {
  const program = new Command('orderstream').helpCommand(false);
  program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  const work = program.command('work').option('--count <number>').action(action);
  work.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  return program;
}
