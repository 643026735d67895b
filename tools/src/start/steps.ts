/** Set-up steps as lines: what was done, how long it took. */
export class Steps {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Runs a step and prints one line for it; what the step returns is said behind its title. */
  async run(title: string, step: () => Promise<string | void>): Promise<void> {
    const startedMs = performance.now();
    const result = await step();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    this.#print(`${`${seconds} s`.padStart(8)}  ${title}${result === undefined ? '' : `: ${result}`}`);
  }
}
