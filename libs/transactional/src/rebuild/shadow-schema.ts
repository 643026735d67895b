import type { Queryable } from '../database/transaction.ts';
import type { Projection } from './projection.ts';

/** Where the tables are built. */
export function shadowSchema({ live }: Projection): string {
  return `${live}_rebuild`;
}

/** Where the rows are kept that a rebuild replaced. */
export function keptSchema({ live }: Projection): string {
  return `${live}_before_rebuild`;
}

/**
 * Empty tables in the shape of the live ones. Not logged: they are never anything but a draft, and a crash of the server may take them.
 */
export async function createShadow(tx: Queryable, projection: Projection): Promise<void> {
  const shadow = shadowSchema(projection);
  await dropShadow(tx, projection);
  await tx.query(`CREATE SCHEMA ${shadow}`);
  for (const { name } of projection.tables) {
    await tx.query(
      `CREATE UNLOGGED TABLE ${shadow}.${name} (LIKE ${projection.live}.${name} INCLUDING ALL) WITH (fillfactor = 70)`,
    );
  }
}

export async function dropShadow(tx: Queryable, projection: Projection): Promise<void> {
  await tx.query(`DROP SCHEMA IF EXISTS ${shadowSchema(projection)} CASCADE`);
}

/** @returns whether there was anything */
export async function dropKept(tx: Queryable, projection: Projection): Promise<boolean> {
  const was = await isThere(tx, keptSchema(projection));
  await tx.query(`DROP SCHEMA IF EXISTS ${keptSchema(projection)} CASCADE`);
  return was;
}

/** Drops the draft of a rebuild that was killed. Only while no other one is under way. @returns whether there was anything */
export async function dropAbandoned(tx: Queryable, projection: Projection): Promise<boolean> {
  const was = await isThere(tx, shadowSchema(projection));
  await dropShadow(tx, projection);
  return was;
}

async function isThere(tx: Queryable, schema: string): Promise<boolean> {
  const { rows } = await tx.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  return rows.length > 0;
}
