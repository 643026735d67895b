/** Set-up steps as lines: what was done, how long it took. None begins once `signal` has aborted. */
export class Steps {
  readonly #print: (line: string) => void;
  readonly #signal: AbortSignal;

  constructor(print: (line: string) => void, signal: AbortSignal) {
    this.#print = print;
    this.#signal = signal;
  }

  /** Runs a step and prints one line for it; what the step returns is said behind its title. @throws the reason of an abort */
  async run(title: string, step: () => Promise<string | void>): Promise<void> {
    this.#signal.throwIfAborted();
    const startedMs = performance.now();
    const result = await step();
    this.#signal.throwIfAborted();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    this.#print(`${`${seconds} s`.padStart(8)}  ${title}${result === undefined ? '' : `: ${result}`}`);
  }
}
