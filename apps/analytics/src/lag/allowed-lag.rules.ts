/** How many seconds of lag are allowed: for everything, for a group, for a group on one topic. The most specific rule counts. */
export interface AllowedLag {
  readonly otherwise: number;
  /** By `group` or `group/topic`. */
  readonly named: ReadonlyMap<string, number>;
}

const RULE = /^(?:([a-z][a-z0-9-]*(?:\/[A-Za-z0-9._-]+)?)=)?(\d{1,7}(?:\.\d+)?)$/;

/** Reads `60, notifier=300, analytics/web-events=120`. @returns undefined when it is written otherwise or names no general rule */
export function parseAllowedLag(text: string): AllowedLag | undefined {
  const named = new Map<string, number>();
  let otherwise: number | undefined;
  for (const part of text.split(',')) {
    const [, name, seconds] = RULE.exec(part.trim()) ?? [];
    if (seconds === undefined) return undefined;
    if (name === undefined ? otherwise !== undefined : named.has(name)) return undefined;
    if (name === undefined) otherwise = Number(seconds);
    else named.set(name, Number(seconds));
  }
  return otherwise === undefined ? undefined : { otherwise, named };
}

/** A retry topic has the rule of its group. */
export function allowedSeconds({ otherwise, named }: AllowedLag, group: string, topic: string): number {
  return named.get(`${group}/${topic}`) ?? named.get(group) ?? otherwise;
}
