import { uuidv7, type OutgoingRecord } from '@orderstream/events';
import { processUse } from '../../src/bench/measured-process.ts';
import { publishAll } from '../../src/bench/preload.ts';
import { SERVICES } from '../../src/services/services.ts';
import { CatchUp, howFarText } from '../support/catch-up.ts';
import { WholeSystem } from '../support/whole-system.ts';
import { growth, MemorySeries } from './support/memory-series.ts';
import { goodOrder } from './support/poison.ts';
import { deadlineFor, scaled } from './support/scale.ts';
import { tell } from './support/tell.ts';

const RECORDS = scaled(1_000_000, 20_000);
/** One in so many is large, by a member that this version does not know and has to ignore. */
const LARGE_EVERY = 1_000;
const LARGEST_BYTES = 900 * 1024;
const CONTACT_EVERY = 100;
const TELL_EVERY_MS = 15_000;
/** How much more the last quarter may take than the second. */
const MOST_GROWTH = 1.2;

describe(`a backlog of ${RECORDS} records, one in ${LARGE_EVERY} of up to 900 KB`, () => {
  let system: WholeSystem;
  let watch: CatchUp;
  beforeAll(
    async () => {
      system = await WholeSystem.prepare();
      watch = await CatchUp.watch(system);
      tell(`putting ${RECORDS} records on the topic`);
      await publishAll(system.kafka, backlog());
    },
    deadlineFor(RECORDS, 1),
  );
  afterAll(async () => {
    await watch?.close();
    await system?.stop();
  }, 120_000);

  it(
    'each service takes no more memory at the end of it than early on',
    async () => {
      expect(await watch.logEnd()).toBe(RECORDS);
      await system.startServices();
      const series = new Map(SERVICES.map(({ name }) => [name, new MemorySeries()]));
      let toldMs = Date.now();
      await watch.untilDone(deadlineFor(RECORDS, 3), (howFar) => {
        for (const [name, samples] of series) {
          const residentMb = processUse(system.pid(name)).residentBytes / 1e6;
          samples.add(residentMb, howFar.handled.get(name) ?? 0);
        }
        if (Date.now() - toldMs < TELL_EVERY_MS) return;
        toldMs = Date.now();
        tell(howFarText(howFar));
      });
      for (const [name, samples] of series) tell(`${name}: ${samples.text()}`);
      expect(system.restarts).toEqual([]);
      const grown = [...series].filter(([, samples]) => growth(samples.working()) > MOST_GROWTH);
      expect(grown.map(([name, samples]) => `${name}: ${samples.text()}`)).toEqual([]);
    },
    deadlineFor(RECORDS, 4),
  );
});

function* backlog(): Generator<OutgoingRecord> {
  for (let index = 0; index < RECORDS; index += 1) {
    const orderId = uuidv7();
    const contact = index % CONTACT_EVERY === 0 ? { contact: { email: `${orderId}@example.com` } } : {};
    const note = index % LARGE_EVERY === 0 ? { note: 'x'.repeat(largeBytes(index / LARGE_EVERY)) } : {};
    yield goodOrder(orderId, { ...contact, ...note });
  }
}

/** From a tenth of the largest upwards, all sizes in turn. */
function largeBytes(index: number): number {
  return Math.round((LARGEST_BYTES * (1 + (index % 10))) / 10);
}
