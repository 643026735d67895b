import { CommandFailed } from '../exit-codes.ts';
import { listenForStop } from '../stop-request.ts';
import { runTests, type TestRunOptions } from './test-run.ts';

/** What `--json` prints. */
export const JSON_SHAPE = '{passed, failed, steps: [{title, seconds, passed, failed}]}';

/** Runs tests for a person, or for a program with `json`, until a stop is requested. @throws CommandFailed when one failed */
export async function runAndReport(
  options: Pick<TestRunOptions, 'only' | 'lanes'> & { readonly json?: boolean | undefined },
): Promise<void> {
  const { json, ...chosen } = options;
  const print = (line: string): void => (json ? console.error(line) : console.log(line));
  const stop = listenForStop(() => print('stopping …'));
  try {
    const result = await runTests({ ...chosen, stop: stop.signal, print });
    if (stop.signal.aborted) throw new CommandFailed();
    if (json) console.log(JSON.stringify(result, null, 2));
    else print(`${result.passed} passed, ${result.failed} failed`);
    if (result.failed) throw new CommandFailed();
  } catch (error) {
    throw stop.signal.aborted ? new CommandFailed() : error;
  }
}
