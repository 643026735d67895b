import { createInterface } from 'node:readline/promises';

/** Who is asked: by default whoever sits at the terminal. stdout is left to what the command prints. */
interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Asks whether to go on. Whoever leaves without an answer (Ctrl-C, Ctrl-D, a terminal that is closed) does not want to. */
export async function saysYes(
  question: string,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  const asking = createInterface(terminal);
  const left = new AbortController();
  asking.once('close', () => left.abort());
  try {
    const answer = await asking.question(`${question} [y/N] `, { signal: left.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    return false;
  } finally {
    asking.close();
  }
}
