/** Somebody wants this command to end: Ctrl-C, a signal, or the end of the process that started it. */
export interface StopRequest {
  readonly signal: AbortSignal;
  /** Settles when the end is asked for. */
  readonly requested: Promise<void>;
}

/** One Ctrl-C arrives more than once: from the terminal, from npm and from the set-up that waits for us. */
const SAME_WISH_MS = 1_000;

/**
 * Listens for the wish to stop. On the first one the caller ends in order; on a second one the process ends at once
 * (the local platform then stops by itself).
 */
export function listenForStop(onFirst: () => void = () => undefined): StopRequest {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    let firstAtMs = 0;
    const stop = (): void => {
      if (controller.signal.aborted) {
        if (performance.now() - firstAtMs > SAME_WISH_MS) process.exit(130);
        return;
      }
      firstAtMs = performance.now();
      onFirst();
      controller.abort();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    // Whoever runs `npm start` talks to us over a channel that closes when it is killed outright.
    process.once('disconnect', stop);
  });
  process.channel?.unref();
  return { signal: controller.signal, requested };
}
