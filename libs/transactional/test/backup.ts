import { SCHEMA, type Shop } from './fixture.ts';

/** A copy of the service's whole schema as it is now. */
export interface Backup {
  /** Puts every table back to the copy, as a restore or a failover does: all at once, and whoever is connected loses the connection. */
  restore(): Promise<void>;
}

export async function backUp(shop: Shop): Promise<Backup> {
  const tables = await shop.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = $1 AND table_type = 'BASE TABLE' AND table_name <> 'migrations'`,
    [SCHEMA],
  );
  const names = tables.map(({ name }) => name);
  await shop.rows(
    [
      'DROP SCHEMA IF EXISTS backup CASCADE',
      'CREATE SCHEMA backup',
      ...names.map((name) => `CREATE TABLE backup.${name} AS TABLE ${SCHEMA}.${name}`),
    ].join(';'),
  );
  const putBack = [
    `TRUNCATE ${names.map((name) => `${SCHEMA}.${name}`).join(', ')}`,
    ...names.map((name) => `INSERT INTO ${SCHEMA}.${name} OVERRIDING SYSTEM VALUE TABLE backup.${name}`),
  ];
  return {
    restore: async () => {
      await shop.rows(['BEGIN', ...putBack, 'COMMIT'].join(';'));
      await shop.server.terminateConnections('shop');
    },
  };
}
