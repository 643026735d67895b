/** Kafka as the environment names it, else the local platform's. */
export function kafkaBrokers(): string[] {
  return (process.env['KAFKA_BROKERS'] ?? '127.0.0.1:19092').split(',').map((broker) => broker.trim());
}

/** A database on the PostgreSQL server to test against; tests make their own databases beside it. */
export function databaseUrl(): string {
  return process.env['DATABASE_URL'] ?? 'postgres://orderstream:orderstream@127.0.0.1:15432/postgres';
}
