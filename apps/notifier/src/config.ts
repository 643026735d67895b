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
import type { PlanSettings } from './intake/plan-notifications.rules.ts';
import { LANGUAGES } from './rendering/locale.ts';
import type { SmsSettings } from './sms/sms.module.ts';

/** The notifier's configuration: its README explains each variable. */
export interface NotifierConfig extends ServiceConfig {
  readonly kafka: KafkaSettings;
  readonly database: DatabaseSettings;
  readonly concurrency: number;
  /** Message-IDs end in the domain of the sender's address. */
  readonly plan: PlanSettings;
  readonly email: EmailSettings;
  readonly sms: SmsSettings;
}

/** `name@domain`, or `Some Name <name@domain>`. */
const SENDER = '^(?:[^<>@]*<[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$';

const ADDRESS = '^[^\\s<>@,]+@[^\\s<>@,]+$';
/** An E.164 number, a short code, a name of up to 11 letters and digits, or a messaging service. */
const SMS_SENDER = '^(?:\\+[1-9]\\d{6,14}|\\d{3,8}|MG[0-9a-f]{32}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11})$';
/** A language there are templates in, and a region. */
const LOCALE = `^(?:${LANGUAGES.join('|')})(?:-[A-Z]{2})?$`;

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
  MAIL_RATE: Type.Number({ minimum: 0, maximum: 100_000, default: 0 }),
  NOTIFY_LOCALE: Type.String({
    pattern: LOCALE,
    default: 'en',
    expects: 'en or de, with a region or without',
  }),
  OPERATOR_ADDRESSES: Type.Array(Type.String({ pattern: ADDRESS }), {
    default: [],
    expects: 'addresses, several separated by commas',
  }),
  SMS_GATEWAY_URL: Type.String({
    pattern: '^https?://[^\\s/@]+/?$',
    default: 'http://127.0.0.1:18026',
    expects: 'https://host:port, without a path',
  }),
  SMS_ACCOUNT_SID: Type.String({
    pattern: '^[A-Za-z0-9]{1,64}$',
    default: 'AC00000000000000000000000000000000',
  }),
  SMS_AUTH_TOKEN: Type.String({ default: 'local', secret: true }),
  SMS_FROM: Type.String({
    pattern: SMS_SENDER,
    default: 'Orderstream',
    expects: 'an E.164 number, a short code, a name of up to 11 characters, or a messaging service (MG…)',
  }),
  SMS_CONNECTIONS: Type.Integer({ minimum: 1, maximum: 200, default: 5 }),
  SMS_SEND_TIMEOUT: durationMs({ minimum: 100, maximum: 3_600_000, default: '20s' }),
  SMS_MAX_SEGMENTS: Type.Integer({ minimum: 1, maximum: 10, default: 3 }),
  SMS_RATE: Type.Number({ minimum: 0, maximum: 100_000, default: 0 }),
  SMS_RETRY_DELAY: durationMs({ minimum: 1, default: '5s' }),
  SMS_RETRY_DELAY_MAX: durationMs({ minimum: 1, default: '10m' }),
  SMS_RETRY_FOR: durationMs({ minimum: 1, default: '1d' }),
});

/** @throws ConfigurationError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): NotifierConfig {
  const values = readEnvironment(environment, env);
  return Object.freeze({
    ...serviceConfig(values),
    kafka: kafkaSettings('notifier', values),
    database: databaseSettings(values),
    concurrency: values.CONSUMER_CONCURRENCY,
    plan: {
      domain: /@([^\s<>@]+)>?$/.exec(values.MAIL_FROM)?.[1] ?? '',
      locale: values.NOTIFY_LOCALE,
      operators: mailboxes(values.OPERATOR_ADDRESSES),
    },
    email: {
      smtpUrl: values.SMTP_URL,
      from: values.MAIL_FROM,
      connections: values.SMTP_CONNECTIONS,
      connectTimeoutMs: values.SMTP_CONNECT_TIMEOUT,
      sendTimeoutMs: values.SMTP_SEND_TIMEOUT,
      ratePerSecond: values.MAIL_RATE,
      retry: {
        firstDelayMs: values.MAIL_RETRY_DELAY,
        maxDelayMs: values.MAIL_RETRY_DELAY_MAX,
        giveUpAfterMs: values.MAIL_RETRY_FOR,
      },
    },
    sms: {
      url: values.SMS_GATEWAY_URL,
      accountSid: values.SMS_ACCOUNT_SID,
      authToken: values.SMS_AUTH_TOKEN,
      from: values.SMS_FROM,
      connections: values.SMS_CONNECTIONS,
      sendTimeoutMs: values.SMS_SEND_TIMEOUT,
      ratePerSecond: values.SMS_RATE,
      maxSegments: values.SMS_MAX_SEGMENTS,
      retry: {
        firstDelayMs: values.SMS_RETRY_DELAY,
        maxDelayMs: values.SMS_RETRY_DELAY_MAX,
        giveUpAfterMs: values.SMS_RETRY_FOR,
      },
    },
  });
}

/**
 * Each mailbox once, as it is spelled first. The case of a domain never counts; that of what stands before it might (RFC 5321 §2.4), but
 * no provider tells mailboxes apart by it, and a person would get the same alert twice.
 */
function mailboxes(addresses: readonly string[]): string[] {
  const spellings = Map.groupBy(addresses, (address) => address.toLowerCase());
  return [...spellings.values()].flatMap(([first = []]) => first);
}
