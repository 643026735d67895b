import { suspicionsIn } from '../../src/fraud/burst-suspicion.rules.ts';
import type { BurstRule, Mark } from '../../src/fraud/burst.rules.ts';
import { tracesOf } from '../../src/fraud/contact.rules.ts';
import { readConfig } from '../../src/config.ts';

const { bursts: limits } = readConfig({}).fraud;
const SECOND = 1_000;
const BEGIN = Date.UTC(2026, 5, 13, 10);

function marks(rule: BurstRule, subject_id: string, count: number, everyMs: number): Mark[] {
  return Array.from({ length: count }, (_, index) => ({
    rule,
    subject_id,
    member: `m-${index}`,
    at_ms: BEGIN + index * everyMs,
  }));
}

describe('suspicions by the rules at their defaults', () => {
  it('the eleventh order within a minute, not the tenth: the customer', () => {
    expect(suspicionsIn(marks('order_velocity', 'ada', 10, 100), limits, new Map())).toEqual([]);
    expect(suspicionsIn(marks('order_velocity', 'ada', 11, 3 * SECOND), limits, new Map())).toEqual([
      {
        subject_type: 'customer',
        subject_id: 'ada',
        rule: 'order_velocity',
        score: 0.75,
        window: { start: '2026-06-13T09:59:30.000Z', end: '2026-06-13T10:00:30.000Z' },
        evidence: {
          orders: 11,
          within_seconds: 30,
          order_ids: Array.from({ length: 11 }, (_, index) => `m-${index}`),
        },
      },
    ]);
  });

  it('the third failed payment within ten minutes, not the second: the customer', () => {
    expect(suspicionsIn(marks('failed_payments', 'ada', 2, 0), limits, new Map())).toEqual([]);
    expect(suspicionsIn(marks('failed_payments', 'ada', 3, 300 * SECOND), limits, new Map())).toMatchObject([
      { subject_id: 'ada', score: 0.5, evidence: { failed_payments: 3, within_seconds: 600 } },
    ]);
    expect(suspicionsIn(marks('failed_payments', 'ada', 3, 301 * SECOND), limits, new Map())).toEqual([]);
  });

  it('the fifth customer of one contact within a day, not the fourth: the contact, masked', () => {
    const [contact] = tracesOf({ email: 'Ada@Shop.example' });
    if (contact === undefined) throw new Error('no trace of an address');
    const known = new Map([[contact.key, contact]]);
    const used = (count: number): Mark[] => marks('shared_contact', contact.key, count, 6 * 3600 * SECOND);
    expect(suspicionsIn(used(4), limits, known)).toEqual([]);
    const [suspicion, ...more] = suspicionsIn(used(5), limits, known);
    expect(more).toEqual([]);
    expect(suspicion).toMatchObject({
      subject_type: 'contact',
      subject_id: contact.key,
      evidence: { contact: 'A…@Shop.example', kind: 'email', customers: 5, within_seconds: 86_400 },
    });
  });

  it('different subjects, and one subject under different rules: do not add up', () => {
    const apart = [
      ...marks('order_velocity', 'ada', 10, 0),
      ...marks('order_velocity', 'bob', 10, 0),
      ...marks('failed_payments', 'ada', 2, 0),
    ];
    expect(suspicionsIn(apart, limits, new Map())).toEqual([]);
  });
});

describe('what is kept of a contact', () => {
  it('upper and lower case: one address, and its SHA-256 as anybody computes it', () => {
    const [one, other] = [tracesOf({ email: 'ADA@x.example' }), tracesOf({ email: 'ada@X.example' })];
    expect(one[0]?.key).toBe(other[0]?.key);
    // printf ada@x.example | sha256sum
    expect(one[0]?.key).toBe('ea335d636215c13b8a72e8ea267d5cc064bd79895e1905e74851018c3b82257d');
  });

  it.each([
    [{ email: 'x@y.example' }, ['x…@y.example']],
    [{ email: '"a@b"@y.example' }, ['"…@y.example']],
    [{ phone: '+4915112345678' }, ['+…78']],
    [{ phone: '+12' }, ['+…']],
    [{ email: '😀a@y.example', phone: '+999123456' }, ['😀…@y.example', '+…56']],
    [{}, []],
    [undefined, []],
  ])('%j: shown as %j', (contact, masked) => {
    expect(tracesOf(contact).map((trace) => trace.masked)).toEqual(masked);
  });
});
