import { clearInterval, setInterval } from 'node:timers';

/** A reason to stop that is said in full by its message: what is wrong, and the way out. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Says what is being done and, while it lasts, how far it is: on a terminal by redrawing one line each second, elsewhere by a line every
 * ten. Returns the function that ends it.
 *
 * @param {string} what
 * @param {() => string} howFar
 */
export function showProgress(what, howFar = () => '') {
  const startedMs = Date.now();
  const terminal = process.stderr.isTTY === true;
  const line = () => `${what} … ${Math.round((Date.now() - startedMs) / 1000)} s  ${howFar()}`;
  process.stderr.write(terminal ? line() : `${what} …\n`);
  const timer = setInterval(
    () => process.stderr.write(terminal ? `\r\x1b[2K${line()}` : `${line()}\n`),
    terminal ? 1_000 : 10_000,
  );
  return () => {
    clearInterval(timer);
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    process.stderr.write(`${terminal ? '\r\x1b[2K' : ''}${what} … done in ${seconds} s\n`);
  };
}
