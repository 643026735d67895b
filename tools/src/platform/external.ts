import { connect } from 'node:net';
import { PlatformError } from './platform-error.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** Checks that at least one of the brokers named in KAFKA_BROKERS accepts connections. */
export async function checkKafka(brokers: string): Promise<void> {
  const answers = await Promise.all(brokers.split(',').map((broker) => accepts(broker.trim())));
  if (answers.some((answer) => answer === undefined)) return;
  const message = `Kafka at ${brokers} (from KAFKA_BROKERS) cannot be reached: ${answers[0]}. Correct KAFKA_BROKERS, or unset it to use the local one.`;
  throw new PlatformError('kafka-unreachable', message);
}

/** Checks that DATABASE_URL is one; what it says is not repeated, it may hold a password. */
export function checkDatabaseUrl(url: string): void {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return;
  const message =
    'DATABASE_URL is not a PostgreSQL address (postgres://user:password@host:port/database). Correct it, or unset it to use the local one.';
  throw new PlatformError('postgres-unreachable', message);
}

/** Why the address does not accept a connection, or undefined when it does. */
function accepts(broker: string): Promise<string | undefined> {
  const [, host = '', port = ''] = /^(?:\[?(.*?)\]?):(\d+)$/.exec(broker) ?? [];
  if (!host) return Promise.resolve(`"${broker}" is not host:port`);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const finish = (reason?: string): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    socket.once('connect', () => finish());
  });
}
