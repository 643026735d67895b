import { timesAlongTheDay } from './daily-curve.ts';
import { People } from './people.ts';
import { planFraud } from './plan-fraud.ts';
import { addMistake } from './plan-mistakes.ts';
import { planShopping } from './plan-shopping.ts';
import { Random } from './random.ts';
import type { Visit } from './visit.ts';

export interface Traffic {
  /** The same seed, the same visits, for the same other options. */
  readonly seed: number;
  /** Names the visitors: two runs with one name are the same visitors. */
  readonly run: string;
  readonly visits: number;
  /** Time of the (simulated) day at which it begins, ms. */
  readonly startsAtMs: number;
  /** Simulated time in which visits begin, ms. */
  readonly spanMs: number;
  /** Share of the visits in which something is sent that has to be refused. */
  readonly bad: number;
  /** Share of the visits that are fraud. */
  readonly fraudsters: number;
}

/** All visits, in the order in which they begin. A pure function of its argument; made one by one. */
export function* planTraffic(traffic: Traffic): Generator<Visit> {
  const times = new Random(traffic.seed, 1);
  const timeOf = timesAlongTheDay(traffic.startsAtMs, traffic.spanMs);
  const begins = Float64Array.from({ length: traffic.visits }, () => timeOf(times.next())).sort();
  const people = new People(traffic.run);
  for (const [index, beginsMs] of begins.entries()) {
    // A stream of its own: what one visitor does leaves the others' dice alone.
    const random = new Random(traffic.seed, index + 2);
    const isFraud = random.chance(traffic.fraudsters);
    const isBad = random.chance(traffic.bad);
    const { steps, ...planted } = isFraud
      ? planFraud(random, people)
      : { steps: planShopping(random, people) };
    yield {
      index,
      session: `${traffic.run}-s${index + 1}`,
      beginsMs,
      steps: isBad ? addMistake(steps, random) : steps,
      ...planted,
    };
  }
}
