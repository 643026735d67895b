import { PassThrough } from 'node:stream';
import { saysYes } from '../../src/says-yes.ts';

/** A terminal at which somebody types this. */
function typing(keys: string) {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY: true });
  input.write(keys);
  return { input, output };
}

describe('a question at the terminal', () => {
  it.each([
    ['y\r', true],
    ['Yes \r', true],
    ['\r', false],
    ['n\r', false],
    ['yesterday\r', false],
  ])('%j: %s', async (keys, answer) => {
    expect(await saysYes('Erase everything?', typing(keys))).toBe(answer);
  });

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-C behind a yes', 'y\x03'],
    ['Ctrl-D', '\x04'],
  ])('%s: no, and what is said next has its own line', async (_, keys) => {
    const terminal = typing(keys);
    expect(await saysYes('Erase everything?', terminal)).toBe(false);
    expect(String(terminal.output.read())).toMatch(/^[^\n]*Erase everything\? \[y\/N\] [^\n]*\n$/);
  });

  it('the terminal is gone: no', async () => {
    const terminal = typing('y');
    terminal.input.end();
    expect(await saysYes('Erase everything?', terminal)).toBe(false);
  });
});
