/** Holds up whoever passes until it is opened; then lets everybody through. */
export class Gate {
  /** How many are held up. */
  waiting = 0;
  open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.open = resolve));

  async pass(): Promise<void> {
    this.waiting += 1;
    await this.#opened;
    this.waiting -= 1;
  }
}
