import { deadLetterTopic, orders } from '@orderstream/events';
import { publishAll } from '../../src/bench/preload.ts';
import { LogReader } from '../../src/log/log-reader.ts';
import type { LogRecord } from '../../src/log/log-record.ts';
import { brokenPromises } from '../support/broken-promises.ts';
import { CatchUp } from '../support/catch-up.ts';
import { readLedger } from '../support/ledger.ts';
import { WholeSystem } from '../support/whole-system.ts';
import { expectedDeadLetters, PoisonPlan } from './support/poison-plan.ts';
import { POISON } from './support/poison.ts';
import { deadlineFor, scaled } from './support/scale.ts';
import { tell } from './support/tell.ts';
import { wrongDeadLetters } from './support/wrong-dead-letters.ts';

/** Clean and poisoned take turns, so that what else the machine does weighs on both. */
const ROUNDS = 3;
const GOOD = scaled(100_000, 6_000);
const POISONED = scaled(5_000, 300);
const WITH_SUCCESSORS = scaled(120, 12);
const LEAST_RATIO = 0.5;

describe(`${POISONED} poison records of ${Object.keys(POISON).length} kinds among ${GOOD} good ones`, () => {
  const clean = new PoisonPlan();
  const poisoned = new PoisonPlan();
  const ratios: number[] = [];
  let system: WholeSystem;
  let watch: CatchUp;

  beforeAll(
    async () => {
      system = await WholeSystem.prepare();
      watch = await CatchUp.watch(system);
      for (let round = 1; round <= ROUNDS; round += 1) {
        const before = await ordersPerSecond(clean.round(GOOD / ROUNDS, 0, 0));
        const after = await ordersPerSecond(
          poisoned.round(GOOD / ROUNDS, POISONED / ROUNDS, WITH_SUCCESSORS / ROUNDS),
        );
        ratios.push(after / before);
        tell(
          `round ${round} of ${ROUNDS}: clean ${before.toFixed(0)}, poisoned ${after.toFixed(0)} good orders/s through all services`,
        );
      }
      await system.startServices();
      await watch.untilMailed(deadlineFor(GOOD, 5));
    },
    deadlineFor(GOOD, 20) * 2,
  );
  afterAll(async () => {
    await watch?.close();
    await system?.stop();
  }, 120_000);

  it(
    'every good one is stored once and in order everywhere, and mailed once',
    async () => {
      const ledger = await readLedger(system, { leaveOut: poisoned.poisonKeys });
      const good = [...clean.goodIds, ...poisoned.goodIds];
      expect(brokenPromises({ ...ledger, deadLetters: 0 }, good)).toEqual([]);
      expect(ledger.topic.size).toBe(good.length);
    },
    deadlineFor(GOOD, 10),
  );

  it(
    'every poison record is a dead letter of exactly the groups that cannot process it, byte for byte, with its reason; successors wait',
    async () => {
      const reader = await LogReader.open(system.kafka);
      try {
        const expected = await expectedDeadLetters(poisoned, everything(reader, orders.name));
        const wrong: string[] = [];
        for (const group of orders.groups) {
          const letters: LogRecord[] = [];
          for await (const letter of everything(reader, deadLetterTopic(orders.name, group)))
            letters.push(letter);
          wrong.push(...wrongDeadLetters(group, expected.get(group) ?? new Map(), letters));
          tell(`${letters.length} dead letters of ${group}`);
        }
        expect(wrong).toEqual([]);
        const total = [...expected.values()].reduce((sum, { size }) => sum + size, 0);
        expect((await readLedger(system, { leaveOut: poisoned.poisonKeys })).deadLetters).toBe(total);
      } finally {
        await reader.close();
      }
    },
    deadlineFor(GOOD, 10),
  );

  it('throughput is at least half of the clean one', () => {
    const median = ratios.toSorted((a, b) => a - b)[ROUNDS >> 1] as number;
    tell(
      `poisoned : clean = ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; median ${median.toFixed(2)}`,
    );
    expect(median).toBeGreaterThanOrEqual(LEAST_RATIO);
  });

  /** Puts a backlog on the topic and takes the time from the first one handled to the last. */
  async function ordersPerSecond(round: ReturnType<PoisonPlan['round']>): Promise<number> {
    const before = await watch.logEnd();
    await publishAll(system.kafka, round.records, round.onSent);
    await system.startServices();
    let startedMs: number | undefined;
    await watch.untilDone(deadlineFor(GOOD / ROUNDS, 20), ({ handled }) => {
      if ([...handled.values()].some((count) => count > before)) startedMs ??= Date.now();
    });
    const seconds = (Date.now() - (startedMs ?? Date.now())) / 1000;
    await system.stopServices();
    return round.good / seconds;
  }
});

async function* everything(reader: LogReader, topic: string): AsyncGenerator<LogRecord> {
  const from = await reader.offsetsAt(topic, { kind: 'beginning' });
  const to = await reader.offsetsAt(topic, { kind: 'now' });
  yield* reader.records({ topic, from, to });
}
