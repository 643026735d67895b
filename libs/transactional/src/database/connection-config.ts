import { Socket } from 'node:net';
import { gatherWrites } from '@orderstream/events';
import type { ClientConfig } from 'pg';

export interface ConnectionOptions {
  /** The service's name: shown in pg_stat_activity as application_name. */
  readonly service: string;
  /** The service's own schema; first in search_path, before `public`. */
  readonly schema: string;
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** The server gives a statement up after so long. Default 30,000. */
  readonly statementTimeoutMs?: number | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A batch waits this long for rows that another transaction holds, then the engine tries again. */
const LOCK_TIMEOUT_MS = 10_000;
/** A process that was frozen in mid-transaction holds its locks for this long, then loses them to its successor. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** Beyond the server's own limit: only a peer that vanished without a word runs into this one. */
const ANSWER_GRACE_MS = 5_000;

/**
 * The server notices within 11 s that a client's machine is gone, and frees its locks (its own default: 2 h). Keepalive does that for a
 * connection on which nothing is under way; with data that nobody acknowledges, a NOTIFY perhaps, the kernel does not probe but
 * sends again, for 15 minutes if it were not told how long. Also ends a client that has not read for so long what waits for it.
 */
export const TCP_SETTINGS = {
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 11_000,
};

/** How every connection of a service is opened. @throws TypeError when `schema` is no plain lower-case name */
export function connectionConfig(options: ConnectionOptions): ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  return {
    connectionString: options.url,
    application_name: options.service,
    options: serverSettings({
      search_path: `${schemaName(options.schema)},public`,
      ...TCP_SETTINGS,
    }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    // Statements leave at once, not one by one after each answer: BEGIN travels with the first, the last with COMMIT.
    pipeline: true,
    stream: () => gatherWrites(new Socket()),
  };
}

/** The `options` startup parameter, as PostgreSQL's libpq documents it. */
export function serverSettings(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Guards the places where a schema's name becomes part of SQL. 40: PostgreSQL's 63, less what channel names put before it. */
export function schemaName(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) throw new TypeError(`not a schema name: ${schema}`);
  return schema;
}
