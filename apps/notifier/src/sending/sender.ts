import { Logger } from '@nestjs/common';
import { Alarm } from '@orderstream/transactional';
import type { Channel, ClaimedNotification } from '../ledger/notification.ts';
import type { NotificationLedger, Settlement } from '../ledger/notification-ledger.ts';
import { sendDurationSeconds } from '../metrics.ts';
import { GatewayWatch } from './gateway-watch.ts';
import type { Deliver, Outcome } from './outcome.ts';
import { RateLimit } from './rate-limit.ts';
import { leaseMs, mayStillBegin, settlementOf, type RetryRules } from './sending.rules.ts';
import { reportSettlements } from './settlement-report.ts';

export interface SenderOptions {
  readonly channel: Channel;
  /** Names this process in the ledger; nobody else has the name, not even its own successor. */
  readonly owner: string;
  /** Messages handed over at the same time. */
  readonly connections: number;
  /** One message is given up after so long. */
  readonly sendTimeoutMs: number;
  /** Messages a second, over all connections of this process; 0: as many as they can carry. */
  readonly ratePerSecond: number;
  readonly retry: RetryRules;
  readonly deliver: Deliver<ClaimedNotification>;
}

/** What other processes put back or defer is found by looking; what this one takes in rings, and what it puts off it looks for in time. */
const LOOK_EVERY_MS = 1_000;
const EXPIRE_EVERY_MS = 5_000;
/** While most connections are busy, those that become free in so short a time are served by one transaction. */
const GATHER_MS = 4;
const DATABASE_PAUSE_MS = 500;
/** Messages under way when the service stops get this long; then they are given up, each with its true outcome. */
const DRAIN_MS = 8_000;

/**
 * Sends what is queued for one channel, at its own pace: writes how the messages under way have ended, claims as many as connections
 * are free, hands them over, and again. Only what is in the gateway's hands is `sending`, so a crash leaves few rows in doubt.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #ledger: NotificationLedger;
  readonly #log: Logger;
  readonly #alarm = new Alarm();
  readonly #gateway: GatewayWatch;
  readonly #rate: RateLimit;
  readonly #underWay = new Map<string, AbortController>();
  #ended: Settlement[] = [];
  #mayHaveMore = true;
  /** A claim may have been committed whose answer never came. */
  #isClaimLost = false;
  #nextLookAtMs = 0;
  #nextExpiryAtMs = 0;
  #isDatabaseAway = false;
  #stopAtMs: number | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SenderOptions, ledger: NotificationLedger) {
    this.#options = options;
    this.#ledger = ledger;
    this.#log = new Logger(`${options.channel} sender`);
    this.#rate = new RateLimit(options.ratePerSecond, performance.now());
    this.#gateway = new GatewayWatch(options.channel, options.connections, this.#log);
  }

  /** Looks at once: what an earlier process left has waited for long enough. */
  start(): void {
    this.wake();
    this.#running ??= this.#run();
  }

  /** There is something new in the queue. */
  wake(): void {
    this.#mayHaveMore = true;
    this.#alarm.ring();
  }

  /** From now on nothing is claimed. */
  beginStop(): void {
    this.#stopAtMs ??= performance.now() + DRAIN_MS;
    this.#alarm.ring();
  }

  /** Resolves when nothing is under way any more and, unless the database is away, all of it is written. */
  async stop(): Promise<void> {
    this.beginStop();
    const giveUp = setTimeout(
      () => this.#underWay.forEach((abort) => abort.abort()),
      (this.#stopAtMs ?? 0) - performance.now(),
    );
    await this.#running;
    clearTimeout(giveUp);
  }

  /** For people who ask how the gateway is doing. */
  describe(): Record<string, unknown> {
    return { ...this.#gateway.describe(), under_way: this.#underWay.size };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      await this.#alarm.wait(this.#waitMs());
      if (this.#underWay.size > this.#options.connections / 2) await sleep(GATHER_MS);
      try {
        await this.#takeTurn();
        if (this.#isDatabaseAway) this.#log.log('the database answers again');
        this.#isDatabaseAway = false;
      } catch (error) {
        if (!this.#isDatabaseAway) this.#log.warn({ message: 'the ledger cannot be reached', err: error });
        this.#isDatabaseAway = true;
        await sleep(DATABASE_PAUSE_MS);
      }
    }
  }

  #waitMs(): number {
    const nowMs = performance.now();
    const untilLookMs = this.#nextLookAtMs - nowMs;
    // A look that is overdue waits for a connection, or for the end of a pause: both ring, or are waited for here.
    const otherwiseMs = untilLookMs > 0 ? Math.min(untilLookMs, LOOK_EVERY_MS) : LOOK_EVERY_MS;
    return this.#gateway.pauseLeftMs(this.#rate.waitMs(nowMs, otherwiseMs));
  }

  #isStopped(): boolean {
    if (this.#stopAtMs === undefined || this.#underWay.size > 0) return false;
    // With the database away the rows stay `sending`; whoever comes next finds them expired and calls them unknown.
    return this.#ended.length === 0 || (this.#isDatabaseAway && performance.now() >= this.#stopAtMs);
  }

  async #takeTurn(): Promise<void> {
    const { channel, owner } = this.#options;
    await this.#tidy();
    const settlements = this.#ended;
    // A later message of the same order may have waited for one of these.
    if (settlements.length > 0) this.#mayHaveMore = true;
    const limit = this.#claimable();
    if (settlements.length === 0 && limit === 0) return;
    const askedAtMs = performance.now();
    this.#ended = [];
    if (limit > 0) this.#mayHaveMore = false;
    let claimed: ClaimedNotification[];
    try {
      claimed = await this.#ledger.turn({ channel, owner, settlements, limit });
    } catch (error) {
      this.#ended = [...settlements, ...this.#ended];
      this.#isClaimLost ||= limit > 0;
      throw error;
    }
    reportSettlements(channel, settlements, this.#log);
    if (limit > 0) this.#nextLookAtMs = performance.now() + LOOK_EVERY_MS;
    const putOffMs = settlements.flatMap(({ delayMs }) => (delayMs > 0 ? [delayMs] : []));
    this.#nextLookAtMs = Math.min(this.#nextLookAtMs, performance.now() + Math.min(...putOffMs));
    if (limit > 0 && claimed.length === limit) this.#mayHaveMore = true;
    for (const claim of claimed) this.#begin(claim, askedAtMs);
  }

  /** What an earlier failure left behind: claims of ours that we never heard of, claims of anybody whose time has run out. */
  async #tidy(): Promise<void> {
    const { channel, owner, sendTimeoutMs } = this.#options;
    const isExpiryDue = performance.now() >= this.#nextExpiryAtMs;
    // From time to time, too: a claim that was lost may be committed later than it was looked for, where a commit waits for a replica.
    if (this.#isClaimLost || isExpiryDue) {
      const known = [...this.#underWay.keys(), ...this.#ended.map(({ notification_id }) => notification_id)];
      const returned = await this.#ledger.giveBack(channel, owner, known);
      if (returned > 0) this.#mayHaveMore = true;
      this.#isClaimLost = false;
    }
    if (isExpiryDue) {
      const expired = await this.#ledger.expire(channel, leaseMs(sendTimeoutMs));
      this.#nextExpiryAtMs = performance.now() + EXPIRE_EVERY_MS;
      if (expired > 0) {
        this.#mayHaveMore = true;
        this.#log.warn({ message: 'a sender died: its messages are of unknown outcome', count: expired });
      }
    }
  }

  #claimable(): number {
    const isDue = this.#mayHaveMore || performance.now() >= this.#nextLookAtMs;
    if (!isDue || this.#stopAtMs !== undefined) return 0;
    const free = Math.max(0, this.#gateway.allowedAtOnce() - this.#underWay.size);
    return Math.min(free, this.#rate.available(performance.now()));
  }

  #begin(claim: ClaimedNotification, claimedAtMs: number): void {
    const { channel, sendTimeoutMs } = this.#options;
    const startedAtMs = performance.now();
    if (!mayStillBegin(startedAtMs - claimedAtMs, sendTimeoutMs)) {
      const { notification_id, attempts } = claim;
      this.#ended.push({ notification_id, attempts, state: 'queued', delayMs: 0, reason: undefined });
      this.#alarm.ring();
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), sendTimeoutMs);
    this.#underWay.set(claim.notification_id, abort);
    this.#rate.take();
    void this.#deliver(claim, abort.signal).then((outcome) => {
      clearTimeout(timer);
      sendDurationSeconds.observe(
        { channel, outcome: outcome.kind },
        (performance.now() - startedAtMs) / 1_000,
      );
      this.#gateway.observe(outcome);
      this.#underWay.delete(claim.notification_id);
      this.#ended.push(settlementOf(claim, outcome, this.#options.retry, Math.random()));
      this.#alarm.ring();
    });
  }

  async #deliver(claim: ClaimedNotification, signal: AbortSignal): Promise<Outcome> {
    try {
      return await this.#options.deliver(claim, signal);
    } catch (error) {
      // It never rejects; if it does after all, nobody knows what it did.
      this.#log.error({ message: 'a delivery broke off', err: error });
      return { kind: 'unknown', reason: { code: 'answer-lost' } };
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
