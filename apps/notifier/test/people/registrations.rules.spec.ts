import type { Registration } from '../../src/people/people.ts';
import { registeredOf } from '../../src/people/registrations.rules.ts';

const at = (minute: number): string => `2026-06-13T10:0${minute}:00.000Z`;
const registration = (minute: number, phone: string | null, customer_id = 'c-1'): Registration => ({
  ...{ customer_id, phone, registered_at: at(minute) },
  ...{ email: `${customer_id}-${minute}@example.com`, name: null, locale: null },
});

describe('registrations of one batch', () => {
  it('of several customers: one each', () => {
    const registered = registeredOf([registration(1, null), registration(2, '+1', 'c-2')]);
    expect(registered.map(({ customer_id, number_since }) => [customer_id, number_since])).toEqual([
      ['c-1', null],
      ['c-2', at(2)],
    ]);
  });

  it('of one customer, not in order: the newest counts, since the first', () => {
    expect(registeredOf([registration(3, '+3'), registration(1, '+1'), registration(2, '+2')])).toEqual([
      { ...registration(3, '+3'), first_registered_at: at(1), number_since: at(1) },
    ]);
  });

  it('of one moment: the last counts', () => {
    const last = { ...registration(1, '+2'), email: 'last@example.com' };
    expect(registeredOf([registration(1, '+1'), last])).toMatchObject([{ email: 'last@example.com' }]);
  });

  it.each([
    ['was there from the first on', ['+1', '+2', '+2'], at(1)],
    ['came later', [null, '+2', '+3'], at(2)],
    ['went and came', ['+1', null, '+3'], at(3)],
    ['went', ['+1', '+2', null], null],
  ])('a number that %s', (_what, phones, since) => {
    const registrations = phones.map((phone, index) => registration(index + 1, phone));
    expect(registeredOf(registrations)).toMatchObject([{ number_since: since }]);
  });
});
