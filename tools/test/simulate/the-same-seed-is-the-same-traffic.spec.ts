import { planTraffic, type Traffic } from '../../src/simulate/plan-traffic.ts';
import type { Step, Visit } from '../../src/simulate/visit.ts';

const HOUR_MS = 60 * 60 * 1000;
const traffic: Traffic = {
  seed: 7,
  run: 'r1',
  visits: 3_000,
  startsAtMs: 8 * HOUR_MS,
  spanMs: 60_000,
  bad: 0.1,
  fraudsters: 0.02,
};
const plan = (more: Partial<Traffic> = {}): Visit[] => [...planTraffic({ ...traffic, ...more })];

function stepsOf<Kind extends Step['do']>(
  visits: readonly Visit[],
  kind: Kind,
): Extract<Step, { do: Kind }>[] {
  return visits.flatMap(({ steps }) =>
    steps.filter((step): step is Extract<Step, { do: Kind }> => step.do === kind),
  );
}

describe('simulated traffic', () => {
  it('the same seed: the same visits, step by step; another seed: others', () => {
    expect(plan()).toEqual(plan());
    expect(plan({ seed: 8 })).not.toEqual(plan());
  });

  it('visits: in the order of time, within the span, steps one after another', () => {
    const visits = plan();
    expect(visits).toHaveLength(3_000);
    const times = visits.map(({ beginsMs }) => beginsMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(times.at(-1)).toBeLessThan(60_000);
    for (const { steps } of visits) {
      const after = steps.map(({ afterMs }) => afterMs);
      expect(after).toEqual([...after].sort((one, other) => one - other));
    }
  });

  it('a whole day: the evening has several times the visits of the night', () => {
    const visits = plan({ startsAtMs: 0, spanMs: 24 * HOUR_MS });
    const between = (from: number, to: number): number =>
      visits.filter(({ beginsMs }) => beginsMs >= from * HOUR_MS && beginsMs < to * HOUR_MS).length;
    expect(between(18, 21)).toBeGreaterThan(5 * between(2, 5));
  });

  it('nothing bad and no fraud unless asked for; about the share that was asked for', () => {
    const honest = plan({ bad: 0, fraudsters: 0 });
    expect([...stepsOf(honest, 'bad-event'), ...stepsOf(honest, 'bad-request')]).toEqual([]);
    expect(honest.filter(({ fraud }) => fraud !== undefined)).toEqual([]);
    const visits = plan();
    const bad = stepsOf(visits, 'bad-event').length + stepsOf(visits, 'bad-request').length;
    expect(bad / visits.length).toBeCloseTo(0.1, 1);
    expect(visits.filter(({ fraud }) => fraud !== undefined).length / visits.length).toBeCloseTo(0.02, 1);
  });

  it('only those planted for a rule of fraud break it, and each of them does', () => {
    const visits = plan({ visits: 20_000, fraudsters: 0.01 });
    const found = {
      order_velocity: new Set<string>(),
      amount_outlier: new Set<string>(),
      failed_payments: new Set<string>(),
      shared_contact: new Set<string>(),
    };
    const orders = new Map<string, number[]>();
    const failures = new Map<string, number>();
    const users = new Map<string, Set<string>>();
    for (const { steps } of visits) {
      let customer = '';
      for (const step of steps) {
        if (step.do === 'order') {
          customer = step.order.customer_id;
          const amount = step.order.items.reduce((sum, item) => sum + item.quantity * item.unit_amount, 0);
          orders.set(customer, [...(orders.get(customer) ?? []), amount]);
          for (const contact of Object.values(step.order.contact)) {
            users.set(contact, (users.get(contact) ?? new Set()).add(customer));
          }
        }
        if (step.do === 'pay' && step.failureCode !== undefined)
          failures.set(customer, (failures.get(customer) ?? 0) + 1);
      }
    }
    for (const [customer, amounts] of orders) {
      if (amounts.length > 10) found.order_velocity.add(customer);
      for (const [index, amount] of amounts.entries()) {
        const before = amounts.slice(0, index).sort((one, other) => one - other);
        const median = before[Math.floor(before.length / 2)] ?? 0;
        if (before.length >= 5 && amount > 10 * median) found.amount_outlier.add(customer);
      }
    }
    for (const [customer, count] of failures) if (count >= 3) found.failed_payments.add(customer);
    for (const [contact, customers] of users) if (customers.size >= 5) found.shared_contact.add(contact);
    for (const rule of Object.keys(found) as (keyof typeof found)[]) {
      const planted = visits.flatMap(({ fraud }) => (fraud?.rule === rule ? [fraud.subject_id] : []));
      expect(planted.length).toBeGreaterThan(20);
      expect([...found[rule]].sort()).toEqual(planted.sort());
    }
  });
});
