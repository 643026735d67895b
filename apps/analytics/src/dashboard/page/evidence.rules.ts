import { moneyText } from './numbers.ts';
import type { Suspicion } from './snapshot.ts';

/** Said otherwise already, or of no use to the eye. */
const LEFT_OUT = new Set(['currency', 'kind', 'contact', 'order_id']);

/** The plain facts of a suspicion in a line; amounts as money, lists left to whoever looks into the warehouse. */
export function evidenceText({
  evidence,
  minor_unit_digits: digits,
}: Pick<Suspicion, 'evidence' | 'minor_unit_digits'>): string {
  const { currency } = evidence;
  return Object.entries(evidence)
    .flatMap(([name, value]) => {
      if (LEFT_OUT.has(name) || (typeof value !== 'string' && typeof value !== 'number')) return [];
      const isMoney = /^(amount|median)$/.test(name) && typeof currency === 'string' && digits !== undefined;
      const text = isMoney ? moneyText(Math.round(Number(value)), currency, digits) : String(value);
      return [`${wordsOf(name)} ${text}`];
    })
    .join(' · ');
}

/** Who it is about: a contact by what is left of it once it is masked. A contact's id is a hash, of which the beginning is enough. */
export function subjectText({
  subject_id: id,
  evidence,
}: Pick<Suspicion, 'subject_id' | 'evidence'>): string {
  if (typeof evidence['contact'] === 'string') return evidence['contact'];
  return id.length > 24 ? `${id.slice(0, 12)}…` : id;
}

export function wordsOf(name: string): string {
  return name.replaceAll('_', ' ');
}
