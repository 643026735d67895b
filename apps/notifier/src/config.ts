import type { KafkaSettings } from '@orderstream/events';
import {
  databaseEnvironment,
  databaseSettings,
  durationMs,
  httpEnvironment,
  kafkaEnvironment,
  kafkaSettings,
  logEnvironment,
  readEnvironment,
  serviceConfig,
  type DatabaseSettings,
  type ServiceConfig,
} from '@orderstream/service';
import Type from 'typebox';
import type { EmailSettings } from './email/email.module.ts';

/** The notifier's configuration: its README explains each variable. */
export interface NotifierConfig extends ServiceConfig {
  readonly kafka: KafkaSettings;
  readonly database: DatabaseSettings;
  readonly concurrency: number;
  readonly email: EmailSettings;
  /** The domain in Message-IDs: that of the sender's address. */
  readonly mailDomain: string;
}

/** `name@domain`, or `Some Name <name@domain>`. */
const SENDER = '^(?:[^<>@]*<[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$';

const environment = Type.Object({
  ...httpEnvironment(3003),
  ...logEnvironment,
  ...kafkaEnvironment,
  ...databaseEnvironment('notifier'),
  CONSUMER_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 64, default: 3 }),
  SMTP_URL: Type.String({
    pattern: '^smtps?://[^\\s/]+',
    default: 'smtp://127.0.0.1:11025',
    expects: 'smtp://user:password@host:port, or smtps://',
    secret: true,
  }),
  SMTP_CONNECTIONS: Type.Integer({ minimum: 1, maximum: 200, default: 10 }),
  SMTP_CONNECT_TIMEOUT: durationMs({ minimum: 1, default: '10s' }),
  SMTP_SEND_TIMEOUT: durationMs({ minimum: 100, maximum: 3_600_000, default: '60s' }),
  MAIL_FROM: Type.String({
    pattern: SENDER,
    default: 'Orderstream <orders@orderstream.example>',
    expects: 'an address, or Name <address>',
  }),
  MAIL_RETRY_DELAY: durationMs({ minimum: 1, default: '30s' }),
  MAIL_RETRY_DELAY_MAX: durationMs({ minimum: 1, default: '1h' }),
  MAIL_RETRY_FOR: durationMs({ minimum: 1, default: '5d' }),
});

/** @throws ConfigurationError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): NotifierConfig {
  const values = readEnvironment(environment, env);
  return Object.freeze({
    ...serviceConfig(values),
    kafka: kafkaSettings('notifier', values),
    database: databaseSettings(values),
    concurrency: values.CONSUMER_CONCURRENCY,
    mailDomain: /@([^\s<>@]+)>?$/.exec(values.MAIL_FROM)?.[1] ?? '',
    email: {
      smtpUrl: values.SMTP_URL,
      from: values.MAIL_FROM,
      connections: values.SMTP_CONNECTIONS,
      connectTimeoutMs: values.SMTP_CONNECT_TIMEOUT,
      sendTimeoutMs: values.SMTP_SEND_TIMEOUT,
      retry: {
        firstDelayMs: values.MAIL_RETRY_DELAY,
        maxDelayMs: values.MAIL_RETRY_DELAY_MAX,
        giveUpAfterMs: values.MAIL_RETRY_FOR,
      },
    },
  });
}
