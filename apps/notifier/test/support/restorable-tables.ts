import type { TestDatabase } from '@orderstream/testing';

export const PHONE = '+491701234567';

const TABLES = ['notifications', 'consumer_positions', 'customers', 'orders', 'dead_letters'];

/** The lines that hold an address or a number of a customer. */
export function secretsIn(lines: readonly string[]): string[] {
  return lines.filter((line) => /@example\.com|\+?49170/.test(line));
}

/** What a service's tables held at one moment, to be put back as a restore from a backup would. */
export class RestorableTables {
  readonly #database: TestDatabase;

  private constructor(database: TestDatabase) {
    this.#database = database;
  }

  static async backUp(database: TestDatabase): Promise<RestorableTables> {
    const copies = TABLES.map((table) => `CREATE TABLE backup.${table} AS TABLE notifier.${table};`);
    await database.query(`DROP SCHEMA IF EXISTS backup CASCADE; CREATE SCHEMA backup; ${copies.join(' ')}`);
    return new RestorableTables(database);
  }

  async restore(): Promise<void> {
    const back = TABLES.map(
      (table) => `INSERT INTO notifier.${table} OVERRIDING SYSTEM VALUE SELECT * FROM backup.${table};`,
    );
    const names = TABLES.map((table) => `notifier.${table}`).join(', ');
    await this.#database.query(`BEGIN; TRUNCATE ${names} CASCADE; ${back.join(' ')} COMMIT;`);
  }
}
