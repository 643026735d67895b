/** Somebody wants this command to end: Ctrl-C, a signal, or the end of the process that started it. */
export interface StopRequest {
  readonly signal: AbortSignal;
  /** Settles when the end is asked for. */
  readonly requested: Promise<void>;
}

/**
 * Listens for the wish to stop. On the first one the caller ends in order; on a second one the process ends at once
 * (the local platform then stops by itself).
 */
export function listenForStop(onFirst: () => void = () => undefined): StopRequest {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    const stop = (): void => {
      if (controller.signal.aborted) process.exit(130);
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
