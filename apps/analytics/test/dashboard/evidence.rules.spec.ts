import { evidenceText, subjectText } from '../../src/dashboard/page/evidence.rules.ts';

describe('a suspicion in words', () => {
  it('facts in a line; amounts as money; lists are left out', () => {
    const evidence = { orders: 14, within_seconds: 60, order_ids: ['a', 'b'] };
    expect(evidenceText({ evidence })).toBe('orders 14 · within seconds 60');
    const outlier = { amount: 1_259_900, median: 4_200.5, currency: 'JPY', earlier_orders: 5 };
    expect(evidenceText({ evidence: outlier, minor_unit_digits: 0 }).replaceAll(/[^\d· ]/g, '')).toBe(
      ' 1259900 ·  4201 ·   5',
    );
  });

  it('a contact: what is left of it once it is masked; without that, the beginning of its hash', () => {
    expect(subjectText({ subject_id: 'f'.repeat(64), evidence: { contact: 'a…@x.example' } })).toBe(
      'a…@x.example',
    );
    expect(subjectText({ subject_id: 'f'.repeat(64), evidence: {} })).toBe('ffffffffffff…');
    expect(subjectText({ subject_id: 'c-4711', evidence: {} })).toBe('c-4711');
  });
});
