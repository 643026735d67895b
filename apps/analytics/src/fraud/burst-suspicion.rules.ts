import { bursts, type Burst, type BurstLimit, type BurstRule, type Mark } from './burst.rules.ts';
import type { ContactTrace } from './contact.rules.ts';
import { scoreOf, windowOf, type Suspicion } from './suspicion.ts';

const MEMBERS: Readonly<Record<BurstRule, readonly [count: string, ids: string]>> = {
  order_velocity: ['orders', 'order_ids'],
  failed_payments: ['failed_payments', 'payment_ids'],
  shared_contact: ['customers', 'customer_ids'],
};

/**
 * The suspicions in these marks, of any rules and subjects; each subject's in the order of time. They overlap: of one burst every
 * further mark tells again, and who keeps them takes the first of those.
 * @param contacts by key; every subject of shared_contact that is new among the marks is in it
 */
export function suspicionsIn(
  marks: readonly Mark[],
  limits: Readonly<Record<BurstRule, BurstLimit>>,
  contacts: ReadonlyMap<string, ContactTrace>,
): Suspicion[] {
  const bySubject = Map.groupBy(marks, ({ rule, subject_id }) => `${rule} ${subject_id}`);
  return [...bySubject.values()].flatMap((own) => {
    const { rule, subject_id } = own[0] as Mark;
    const limit = limits[rule];
    return bursts(own, limit).map((burst) => ({
      subject_type: rule === 'shared_contact' ? ('contact' as const) : ('customer' as const),
      subject_id,
      rule,
      score: scoreOf(burst.tightestMs / limit.windowMs),
      window: windowOf(burst.endMs - limit.windowMs, burst.endMs),
      evidence: { ...contactOf(contacts.get(subject_id)), ...evidenceOf(rule, burst) },
    }));
  });
}

function evidenceOf(rule: BurstRule, { count, members, withinMs }: Burst): Record<string, unknown> {
  const [what, ids] = MEMBERS[rule];
  return { [what]: count, within_seconds: withinMs / 1000, [ids]: members };
}

function contactOf(contact: ContactTrace | undefined): Record<string, unknown> {
  return contact === undefined ? {} : { contact: contact.masked, kind: contact.kind };
}
