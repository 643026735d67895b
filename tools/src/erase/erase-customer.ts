import type pg from 'pg';
import type { DatabaseName } from '../platform/index.ts';
import { NO_HURRY, onDatabase, type DatabaseFlags } from '../order/service-databases.ts';
import { CONTACTS, PLACES, type Place, type ServicePlaces } from './places.ts';

export interface Found {
  readonly database: DatabaseName;
  readonly table: string;
  readonly what: string;
  readonly rows: number;
}

export interface Findings {
  /** Where something of the customer is, and what can be done about it at once. */
  readonly places: readonly Found[];
  /** What keeps the customer from being erased for now. */
  readonly waiting: readonly (Found & { readonly until: string })[];
  /** Copies that a rebuild has left, whoever is in them: of the rows it replaced, or half done, when it was killed. */
  readonly leftovers: readonly {
    readonly database: DatabaseName;
    readonly schema: string;
    readonly how: string;
  }[];
}

interface Whom {
  readonly customerId: string;
  readonly contacts: readonly string[];
}

/** Looks everywhere and changes nothing. @throws OperationRefused when a database cannot be seen; what a missing table is refused with */
export function findCustomer(customerId: string, flags: Partial<DatabaseFlags>): Promise<Findings> {
  return everywhere(customerId, flags, (client, place, whom) => count(client, place, whom));
}

/** Erases what findCustomer finds, each service's part in one transaction. Done again, it finds nothing. @throws as findCustomer */
export function eraseCustomer(customerId: string, flags: Partial<DatabaseFlags>): Promise<Findings> {
  return everywhere(customerId, flags, (client, place, whom) => change(client, place, whom));
}

async function everywhere(
  customerId: string,
  flags: Partial<DatabaseFlags>,
  visit: (client: pg.Client, place: Place, whom: Whom) => Promise<number>,
): Promise<Findings> {
  const whom = { customerId, contacts: await contactsOf(customerId, flags) };
  const places: Found[] = [];
  const waiting: (Found & { until: string })[] = [];
  const leftovers: { database: DatabaseName; schema: string; how: string }[] = [];
  for (const service of PLACES) {
    const { database } = service;
    await onDatabase(database, flags, async (client) => {
      // Some of the tables are read from end to end.
      await client.query(NO_HURRY);
      await client.query('BEGIN');
      for (const place of service.places) {
        const { table, what } = place;
        places.push({ database, table, what, rows: await visit(client, place, whom) });
      }
      for (const place of service.waiting) {
        const { table, what, until } = place;
        const rows = await count(client, place, whom);
        if (rows > 0) waiting.push({ database, table, what, rows, until });
      }
      for (const left of await leftIn(client, service)) leftovers.push({ database, ...left });
      await client.query('COMMIT');
    });
  }
  return { places, waiting, leftovers };
}

async function contactsOf(customerId: string, flags: Partial<DatabaseFlags>): Promise<string[]> {
  const contacts = new Set<string>();
  for (const { database, text } of CONTACTS) {
    const found = await onDatabase(database, flags, async (client) => {
      await client.query(NO_HURRY);
      return client.query<{ contact: string | null }>(text, [customerId]);
    });
    for (const { contact } of found.rows) if (contact !== null) contacts.add(contact);
  }
  return [...contacts];
}

async function count(client: pg.Client, { table, where }: Place, whom: Whom): Promise<number> {
  const text = `SELECT count(*)::float8 AS rows FROM ${table} WHERE ${where}`;
  return (await client.query<{ rows: number }>(text, paramsOf(text, whom))).rows[0]?.rows ?? 0;
}

async function change(client: pg.Client, { table, where, set }: Place, whom: Whom): Promise<number> {
  const verb = set === undefined ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${set}`;
  const text = `${verb} WHERE ${where}`;
  return (await client.query(text, paramsOf(text, whom))).rowCount ?? 0;
}

function paramsOf(text: string, { customerId, contacts }: Whom): unknown[] {
  return text.includes('$2') ? [customerId, contacts] : [customerId];
}

async function leftIn(
  client: pg.Client,
  { leftovers }: ServicePlaces,
): Promise<{ schema: string; how: string }[]> {
  if (leftovers === undefined) return [];
  const { schemas, how } = leftovers;
  const { rows } = await client.query<{ schema: string }>(
    'SELECT nspname::text AS schema FROM pg_namespace WHERE nspname = ANY ($1::text[]) ORDER BY 1',
    [schemas],
  );
  return rows.map(({ schema }) => ({ schema, how }));
}
