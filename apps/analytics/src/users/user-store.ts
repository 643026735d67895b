import { textArray, timestamptzArray, uuidArray, type Transaction } from '@orderstream/transactional';
import type { UserRow } from './user-row.rules.ts';

/** The latest registration counts, whichever arrives last; users are written in the order of their keys. */
const merge = (warehouse: string) => ({
  name: 'merge-users',
  text: `
    INSERT INTO ${warehouse}.users AS known (user_id, email, name, phone, locale, registered_at, updated_at, told_by)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::uuid[])
      AS told(user_id, email, name, phone, locale, registered_at, updated_at, told_by)
    ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET
      registered_at = least(known.registered_at, excluded.registered_at),
      (email, name, phone, locale, updated_at, told_by) = (
        SELECT latest.* FROM (VALUES
          (excluded.email, excluded.name, excluded.phone, excluded.locale, excluded.updated_at, excluded.told_by),
          (known.email, known.name, known.phone, known.locale, known.updated_at, known.told_by)
        ) AS latest(email, name, phone, locale, updated_at, told_by)
        ORDER BY updated_at DESC, told_by DESC LIMIT 1)
    WHERE excluded.registered_at < known.registered_at
       OR (excluded.updated_at, excluded.told_by) > (known.updated_at, known.told_by)`,
});

/** `warehouse.users`, a batch at a time. */
export class UserStore {
  readonly #merge: ReturnType<typeof merge>;

  /** @param schema a plain lower-case name; another one than `warehouse` while the warehouse is rebuilt beside it */
  constructor(schema = 'warehouse') {
    this.#merge = merge(schema);
  }

  /** Adds what is news; each user once. */
  async merge(tx: Transaction, rows: readonly UserRow[]): Promise<void> {
    const users = rows.map(({ latest }) => latest.payload);
    await tx.query(this.#merge, [
      textArray(users.map(({ user_id }) => user_id)),
      textArray(users.map(({ email }) => email)),
      textArray(users.map(({ name }) => name)),
      textArray(users.map(({ phone }) => phone ?? null)),
      textArray(users.map(({ locale }) => locale ?? null)),
      timestamptzArray(rows.map(({ registered_at }) => registered_at)),
      timestamptzArray(rows.map(({ latest }) => latest.timestamp)),
      uuidArray(rows.map(({ latest }) => latest.event_id)),
    ]);
  }
}
