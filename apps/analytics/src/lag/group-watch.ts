import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DeadLetterWatch, exportLag, groupTopics, LagReader, LagWindow } from '@orderstream/events';
import { DeadLetterStore } from './dead-letter-store.ts';
import { LAG_SETTINGS, type LagSettings } from './lag-settings.ts';
import { LagStore } from './lag-store.ts';

const CHECKS_PER_WINDOW = 12;

/** Looks at all consumer groups of the platform every few seconds. While Kafka is away nothing is judged, and nothing is forgotten. */
@Injectable()
export class GroupWatch {
  readonly #logger = new Logger('Lag');
  #isTroubled = false;

  constructor(
    @Inject(LAG_SETTINGS) private readonly settings: LagSettings,
    @Inject(LagStore) private readonly lags: LagStore,
    @Inject(DeadLetterStore) private readonly deadLetters: DeadLetterStore,
  ) {}

  /** Looks again and again until `signal` aborts. Never rejects. */
  async until(signal: AbortSignal): Promise<void> {
    const { kafka } = this.settings;
    const window = new LagWindow(this.settings.windowMs);
    // Kept over outages: to count anew it reads all dead letters from the first one on.
    const deadLetters = new DeadLetterWatch(kafka);
    let lag: LagReader | undefined;
    while (!signal.aborted) {
      try {
        lag ??= await LagReader.open(kafka);
        await this.#look(lag, deadLetters, window);
        this.#isTroubled = false;
      } catch (error) {
        this.#trouble(error);
        await lag?.close();
        lag = undefined;
      }
      await sleep(this.settings.windowMs / CHECKS_PER_WINDOW, undefined, { signal }).catch(() => undefined);
    }
    // What another instance sees from now on is not this one's to tell.
    exportLag([]);
    await Promise.all([lag?.close(), deadLetters.close()]);
  }

  async #look(lag: LagReader, deadLetters: DeadLetterWatch, window: LagWindow): Promise<void> {
    const statuses = window.add(await lag.read(groupTopics), Date.now());
    exportLag(statuses);
    await this.lags.save(statuses, this.settings.allowed);
    const letters = await deadLetters.turn();
    if (letters !== undefined) await this.deadLetters.save(letters);
  }

  /** An outage is said once. */
  #trouble(error: unknown): void {
    if (!this.#isTroubled)
      this.#logger.warn({ message: 'the groups cannot be looked at at the moment', err: error });
    this.#isTroubled = true;
  }
}
