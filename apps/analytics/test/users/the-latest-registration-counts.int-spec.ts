import { newEvent, userRegistered, uuidv7 } from '@orderstream/events';
import type { UserRegistered } from '../../src/users/user-row.rules.ts';
import { Warehouse } from '../support/warehouse.ts';

const registered = (name: string, timestamp: string, more: object = {}): UserRegistered =>
  newEvent(
    userRegistered,
    { user_id: 'ada', email: 'ada@example.com', name, ...more },
    { source: 'order-api', timestamp },
  );

describe('users in the warehouse', () => {
  let warehouse: Warehouse;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  afterAll(() => warehouse.close());

  const first = registered('Ada', '2026-06-13T10:00:00.000Z', { phone: '+4930123456' });
  const second = registered('Ada B.', '2026-06-13T11:00:00.000Z');
  const third = registered('Ada Lovelace', '2026-06-14T10:00:00.000Z', { locale: 'en-GB' });
  const sameTime = {
    ...registered('Ada King', '2026-06-14T10:00:00.000Z'),
    event_id: uuidv7(Date.now() + 1_000),
  };

  it.each([
    ['in their order, one batch', [[first, second, third, sameTime]]],
    ['backwards, one batch', [[sameTime, third, second, first]]],
    ['backwards, one by one', [[sameTime], [third], [second], [first]]],
    ['mixed and repeated', [[second, third], [first, sameTime, first], [third], [second]]],
  ])('registrations %s: one row, of the latest, with the time of the first', async (_title, batches) => {
    await warehouse.empty();
    const partition = warehouse.users();
    for (const batch of batches) await partition.consume(...batch);
    expect(await warehouse.rows('SELECT * FROM warehouse.users')).toEqual([
      {
        user_id: 'ada',
        email: 'ada@example.com',
        name: 'Ada King',
        phone: null,
        locale: null,
        registered_at: new Date('2026-06-13T10:00:00.000Z'),
        updated_at: new Date('2026-06-14T10:00:00.000Z'),
        told_by: sameTime.event_id,
      },
    ]);
  });
});
