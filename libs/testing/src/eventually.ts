import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** How long to go on trying, ms. Default 30,000. */
  readonly deadlineMs?: number;
  /** Pause between two tries, ms. Default 20. */
  readonly intervalMs?: number;
}

/**
 * Runs `attempt` until it neither throws nor returns `false`, and hands on what it returned.
 * @throws when the deadline passes: the message holds the last failure, and so does `cause`
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const deadlineMs = options.deadlineMs ?? 30_000;
  const startedAtMs = performance.now();
  for (let tries = 1; ; tries += 1) {
    const outcome = await outcomeOf(attempt);
    if (outcome.ok) return outcome.value as Exclude<T, false>;
    if (performance.now() - startedAtMs >= deadlineMs) {
      throw new Error(`still not so after ${deadlineMs} ms and ${tries} tries: ${outcome.why}`, {
        cause: outcome.error,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, options.intervalMs ?? 20));
  }
}

type Outcome<T> = { ok: true; value: T } | { ok: false; why: string; error?: unknown };

async function outcomeOf<T>(attempt: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await attempt();
    return value === false ? { ok: false, why: 'the condition is false' } : { ok: true, value };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : inspect(error), error };
  }
}
