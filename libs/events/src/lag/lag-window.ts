import { catchUp, type CatchUp } from './catch-up.rules.ts';
import type { LagReading } from './lag-reading.ts';
import {
  judgePartition,
  recordsBehind,
  secondsBehind,
  worstOf,
  type LagSample,
  type LagVerdict,
} from './lag.rules.ts';

/** How a group does on a topic, judged over the window. */
export interface LagStatus extends Pick<LagReading, 'group' | 'topic' | 'members'> {
  readonly records: number;
  /** Age of the oldest record not yet consumed, seconds. */
  readonly seconds: number;
  /** Undefined until the window is long enough to judge by. */
  readonly verdict: LagVerdict | undefined;
  readonly advice: CatchUp;
}

interface Moment {
  readonly atMs: number;
  readonly reading: LagReading;
}

/** Of the window's length, what has to be seen before a verdict is given. */
const ENOUGH = 0.8;
const LEAST_SAMPLES = 3;

/** The readings of the last while, and what they say. Times are the caller's. */
export class LagWindow {
  readonly #lengthMs: number;
  #moments = new Map<string, Moment[]>();

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /** Takes the readings of one moment and judges them with those before it. Groups and topics that are not among them are forgotten. */
  add(readings: readonly LagReading[], atMs: number): LagStatus[] {
    const before = this.#moments;
    this.#moments = new Map();
    return readings.map((reading) => {
      const name = `${reading.group} ${reading.topic}`;
      const moments = this.#within([...(before.get(name) ?? []), { atMs, reading }], atMs);
      this.#moments.set(name, moments);
      return this.#statusOf(moments, reading, atMs);
    });
  }

  /** What the window holds, from the moment on at which it begins: some more when they are far between. */
  #within(moments: readonly Moment[], atMs: number): Moment[] {
    const first = moments.findLastIndex((moment) => moment.atMs <= atMs - this.#lengthMs);
    return moments.slice(Math.max(0, Math.min(first, moments.length - LEAST_SAMPLES)));
  }

  #statusOf(moments: readonly Moment[], reading: LagReading, atMs: number): LagStatus {
    const { group, topic, members, partitions } = reading;
    const verdict = this.#isLongEnough(moments) ? verdictOf(moments) : undefined;
    const behind = { records: recordsBehind(reading), seconds: secondsBehind(reading, atMs) };
    const advice = catchUp({
      verdict,
      ...behind,
      members,
      partitions: partitions.length,
      ...ratesOf(moments),
    });
    return { group, topic, members, ...behind, verdict, advice };
  }

  #isLongEnough(moments: readonly Moment[]): boolean {
    const spanMs = (moments.at(-1)?.atMs ?? 0) - (moments[0]?.atMs ?? 0);
    return moments.length >= LEAST_SAMPLES && spanMs >= this.#lengthMs * ENOUGH;
  }
}

function verdictOf(moments: readonly Moment[]): LagVerdict {
  const partitions = moments.at(-1)?.reading.partitions ?? [];
  return worstOf(partitions.map(({ partition }) => judgePartition(samplesOf(moments, partition))));
}

function samplesOf(moments: readonly Moment[], partition: number): LagSample[] {
  return moments.flatMap(({ atMs, reading: { members, partitions } }) => {
    const found = partitions.find((each) => each.partition === partition);
    return found === undefined ? [] : [{ ...found, atMs, members }];
  });
}

function ratesOf(moments: readonly Moment[]): { consumedPerSecond: number; producedPerSecond: number } {
  const first = moments[0];
  const last = moments.at(-1);
  const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
  if (first === undefined || last === undefined || seconds === 0)
    return { consumedPerSecond: 0, producedPerSecond: 0 };
  const grown = (of: 'position' | 'end'): number =>
    Math.max(0, sum(last.reading, of) - sum(first.reading, of)) / seconds;
  return { consumedPerSecond: grown('position'), producedPerSecond: grown('end') };
}

function sum({ partitions }: LagReading, of: 'position' | 'end'): number {
  return partitions.reduce((total, each) => total + each[of], 0);
}
