/** Keeps the membership alive while a batch is worked on, and keeps the error that says it is lost. */
export class HeartbeatPump {
  readonly #timer: NodeJS.Timeout;
  /** What the coordinator said when it no longer counts on us: a rebalance, or an unknown member. */
  error: unknown;

  /** @param intervalMs a fraction of the heartbeat's own: kafkajs leaves out what comes too early, which would else be every second one */
  constructor(heartbeat: () => Promise<void>, intervalMs: number) {
    this.#timer = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        this.error ??= error;
      });
    }, intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
