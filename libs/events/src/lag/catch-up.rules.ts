import type { LagVerdict } from './lag.rules.ts';

/** What is known about how fast a group works through a topic. Rates are records per second over the window. */
export interface Pace {
  readonly verdict: LagVerdict | undefined;
  readonly records: number;
  readonly seconds: number;
  readonly members: number;
  readonly partitions: number;
  readonly consumedPerSecond: number;
  readonly producedPerSecond: number;
}

/** What would bring a group back to the end of the log: so many instances, and how long they need. */
export type CatchUp =
  | { readonly kind: 'nothing-to-do' }
  | { readonly kind: 'start-an-instance' }
  | { readonly kind: 'look-into-it'; readonly instances: number }
  | { readonly kind: 'wait'; readonly instances: number; readonly seconds: number }
  | { readonly kind: 'add-instances'; readonly instances: number; readonly seconds: number }
  /** As many instances as partitions would not do. */
  | { readonly kind: 'beyond-partitions'; readonly instances: number };

/** A lag that is gone by itself within so long needs no advice; one that needs longer is worth another instance. */
const SOON_SECONDS = 300;
const WORRY_SECONDS = 5;

/**
 * The least number of instances that would catch up within five minutes, or else as many as there are partitions. Holds that every
 * instance works as fast as those that are there do now, which they do when they are behind.
 */
export function catchUp(pace: Pace): CatchUp {
  const { verdict, records, seconds, members, partitions, consumedPerSecond, producedPerSecond } = pace;
  if (records === 0 || (seconds < WORRY_SECONDS && verdict !== 'STALLED' && verdict !== 'STOPPED'))
    return { kind: 'nothing-to-do' };
  if (members === 0) return { kind: 'start-an-instance' };
  if (verdict === 'STALLED' || consumedPerSecond <= 0) return { kind: 'look-into-it', instances: members };
  const secondsWith = (instances: number): number => {
    const gain = (consumedPerSecond / members) * instances - producedPerSecond;
    return gain > 0 ? records / gain : Infinity;
  };
  if (secondsWith(members) <= SOON_SECONDS)
    return { kind: 'wait', instances: members, seconds: secondsWith(members) };
  for (let instances = members + 1; instances <= partitions; instances += 1) {
    const needed = secondsWith(instances);
    if (needed <= SOON_SECONDS || (instances === partitions && needed < Infinity))
      return { kind: 'add-instances', instances, seconds: needed };
  }
  const alone = secondsWith(members);
  if (alone < Infinity) return { kind: 'wait', instances: members, seconds: alone };
  return { kind: 'beyond-partitions', instances: Math.max(members, partitions) };
}

/** The advice in a sentence; empty where there is nothing to do. */
export function catchUpText(advice: CatchUp): string {
  switch (advice.kind) {
    case 'nothing-to-do':
      return '';
    case 'start-an-instance':
      return 'No instance reads it: start one.';
    case 'look-into-it':
      return `Nothing moves with ${instancesText(advice.instances)}: see what its health and log say.`;
    case 'wait':
      return `Caught up in ${aboutText(advice.seconds)} with ${instancesText(advice.instances)}.`;
    case 'add-instances':
      return `${instancesText(advice.instances)} would catch up in ${aboutText(advice.seconds)}.`;
    case 'beyond-partitions':
      return `More arrives than ${instancesText(advice.instances)} can take, one for each partition.`;
  }
}

function instancesText(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}

function aboutText(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5_400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3600)} h`;
}
