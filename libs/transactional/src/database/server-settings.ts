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
