import type { Ledger, Step } from './ledger.ts';
import type { Sent } from './order-traffic.ts';

const STATUS_AFTER: Readonly<Record<string, string>> = {
  'order.confirmed': 'confirmed',
  'order.rejected': 'rejected',
};

/** What breaks the promise, in words; empty when it was kept. */
export function brokenPromises(ledger: Ledger, acceptedIds: readonly string[]): string[] {
  const broken = new Findings();
  broken.add(
    'accepted, but not on the topic',
    acceptedIds.filter((id) => !ledger.topic.has(id)),
  );
  const rulings = new Map([...ledger.topic].map(([id, steps]) => [id, checkSteps(id, steps, broken)]));
  for (const place of ['worker', 'warehouse', 'readModel'] as const) {
    for (const [id, status] of rulings) {
      const found = ledger[place].get(id);
      if (status !== undefined && found !== status)
        broken.add(`${status} on the topic, ${found ?? 'missing'} in ${place}`, [id]);
    }
    broken.add(
      `in ${place}, but never ordered`,
      [...ledger[place].keys()].filter((id) => !ledger.topic.has(id)),
    );
  }
  for (const [id, steps] of ledger.topic) checkTimeline(id, steps, ledger.timelines.get(id) ?? [], broken);
  for (const { step, counted, taken } of ledger.rollup) {
    if (counted !== taken)
      broken.say(`the rollup counts ${counted} orders ${step}, the warehouse holds ${taken}`);
  }
  for (const [id, status] of rulings) checkMail(id, status, ledger, broken);
  if (ledger.outboxPending > 0) broken.say(`${ledger.outboxPending} events still in the outbox`);
  if (ledger.deadLetters > 0) broken.say(`${ledger.deadLetters} dead letters`);
  return broken.sentences();
}

/**
 * What contradicts the answers that order-api gave: a 202 is on the topic, a `not-accepted` is not; whatever else was said, or not said
 * because the connection broke, may be either. One request makes one order at most, and there is none that nobody requested.
 */
export function brokenAnswers(ledger: Ledger, sent: readonly Sent[]): string[] {
  const broken = new Findings();
  const orderIds = Map.groupBy(ledger.emails, ([, email]) => email);
  const requested = new Set(sent.map(({ email }) => email));
  for (const [email, orders] of orderIds) {
    if (!requested.has(email)) broken.add('on the topic, but never requested', [email]);
    if (orders.length > 1) broken.add('one request, several orders', [email]);
  }
  for (const { email, status, orderId, problem } of sent) {
    const onTopic = orderIds.get(email)?.map(([id]) => id) ?? [];
    if (status === 202 && !onTopic.includes(orderId as string))
      broken.add('answered 202, but not on the topic', [email]);
    if (problem?.outcome === 'not-accepted' && onTopic.length > 0)
      broken.add('answered not-accepted, but on the topic', [email]);
    if (status !== undefined && status !== 202 && status !== 503) broken.add(`answered ${status}`, [email]);
  }
  return broken.sentences();
}

/** @returns the status that the order was given on the topic; undefined when there is none */
function checkSteps(id: string, steps: readonly Step[], broken: Findings): string | undefined {
  // A producer that got no answer sends the same event again: known by its id, it is no second event.
  const types = distinct(steps).map(({ eventType }) => eventType);
  const rulings = types.filter((type) => STATUS_AFTER[type] !== undefined);
  if (types.filter((type) => type === 'order.created').length !== 1)
    broken.add('not created exactly once', [id]);
  if (rulings.length !== 1) broken.add(`ruled on ${rulings.length} times`, [id]);
  if (types[0] !== 'order.created') broken.add('out of order on the topic', [id]);
  if (new Set(steps.map(({ partition }) => partition)).size > 1) broken.add('in several partitions', [id]);
  return STATUS_AFTER[rulings[0] ?? ''];
}

function checkTimeline(
  id: string,
  steps: readonly Step[],
  timeline: readonly string[],
  broken: Findings,
): void {
  const told = distinct(steps).map(({ eventId }) => eventId);
  if (told.join() === timeline.join()) return;
  const isSwap = [...told].sort().join() === [...timeline].sort().join();
  broken.add(`timeline ${isSwap ? 'out of order' : 'with other events than the topic'}`, [id]);
}

function checkMail(id: string, status: string | undefined, ledger: Ledger, broken: Findings): void {
  const states = ledger.notifications.get(id) ?? [];
  const email = ledger.emails.get(id);
  const mails = email === undefined ? 0 : (ledger.mails.get(email) ?? 0);
  if (status === undefined) {
    if (states.length > 0 || mails > 0) broken.add('not ruled on, but mailed', [id]);
    return;
  }
  const [state] = states;
  if (state === undefined) return broken.add('without a row in the send ledger', [id]);
  if (states.length > 1) broken.add('with several rows in the send ledger', [id]);
  if (email === undefined) {
    if (state !== 'suppressed') broken.add(`${state}, although there is no address,`, [id]);
  } else if (state === 'sent') {
    if (mails !== 1) broken.add(`counts as mailed, ${mails} mails arrived`, [id]);
  } else if (state === 'unknown') {
    if (mails > 1) broken.add(`of unknown outcome, ${mails} mails arrived`, [id]);
  } else broken.add(`${state} in the send ledger`, [id]);
}

function distinct(steps: readonly Step[]): Step[] {
  const seen = new Set<string>();
  return steps.filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId));
}

/** What is wrong, each kind of it in one sentence with some examples. */
export class Findings {
  readonly #examples = new Map<string, string[]>();
  readonly #sentences: string[] = [];

  /** Something that is wrong with each of `which`. */
  add(what: string, which: readonly string[]): void {
    if (which.length === 0) return;
    const known = this.#examples.get(what);
    if (known === undefined) this.#examples.set(what, [...which]);
    else known.push(...which);
  }

  say(sentence: string): void {
    this.#sentences.push(sentence);
  }

  sentences(): string[] {
    const counted = [...this.#examples].map(
      ([what, which]) => `${which.length} × ${what}, as ${which.slice(0, 3).join(', ')}`,
    );
    return [...counted, ...this.#sentences];
  }
}
