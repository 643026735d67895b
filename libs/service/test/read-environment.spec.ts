import {
  ConfigurationError,
  databaseEnvironment,
  databaseSettings,
  durationMs,
  httpEnvironment,
  kafkaEnvironment,
  kafkaSettings,
  logEnvironment,
  readEnvironment,
  serviceConfig,
} from '../src/index.ts';
import Type from 'typebox';

const variables = Type.Object({
  ...httpEnvironment(3000),
  ...logEnvironment,
  ...kafkaEnvironment,
  ...databaseEnvironment('worker'),
});

function complaint(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('an empty environment', () => {
  it('every variable with a default: the local platform', () => {
    const values = readEnvironment(variables, {});
    expect(serviceConfig(values)).toEqual({ http: { port: 3000, host: '127.0.0.1' }, logLevel: 'info' });
    expect(databaseSettings(values)).toEqual({
      url: 'postgres://orderstream:orderstream@127.0.0.1:15432/worker',
      poolSize: 10,
    });
    expect(kafkaSettings('worker', values)).toEqual({
      clientId: 'worker',
      brokers: ['127.0.0.1:19092'],
      ssl: false,
    });
  });

  it('a variable set to nothing: as if it were not set', () => {
    expect(readEnvironment(variables, { PORT: '' }).PORT).toBe(3000);
  });
});

describe('values', () => {
  const kinds = Type.Object({
    COUNT: Type.Integer(),
    RATIO: Type.Number(),
    ENABLED: Type.Boolean(),
    GRACE: durationMs({ default: '20s' }),
    LIMITS: Type.Record(Type.String(), Type.Integer()),
    NAMES: Type.Array(Type.String()),
    NOTE: Type.Optional(Type.String()),
  });
  const env = { COUNT: '-3', RATIO: '0.5', ENABLED: 'true', LIMITS: '{"EUR":5}', NAMES: 'a, b,c' };

  it('text of each kind: becomes what the schema says', () => {
    expect(readEnvironment(kinds, env)).toEqual({
      COUNT: -3,
      RATIO: 0.5,
      ENABLED: true,
      GRACE: 20_000,
      LIMITS: { EUR: 5 },
      NAMES: ['a', 'b', 'c'],
    });
  });

  it.each([
    ['500ms', 500],
    ['2m', 120_000],
    ['3h', 10_800_000],
    ['7d', 604_800_000],
  ])('the duration %s: %d ms', (text, ms) => {
    expect(readEnvironment(kinds, { ...env, GRACE: text }).GRACE).toBe(ms);
  });

  it('the result: frozen to the bottom', () => {
    const values = readEnvironment(kinds, env);
    expect(Object.isFrozen(values) && Object.isFrozen(values.NAMES) && Object.isFrozen(values.LIMITS)).toBe(
      true,
    );
  });

  it.each([
    ['COUNT', '0x10'],
    ['COUNT', '1e3'],
    ['COUNT', '1.5'],
    ['RATIO', 'NaN'],
    ['RATIO', ' 1'],
    ['ENABLED', 'yes'],
    ['GRACE', '20'],
    ['GRACE', '-1s'],
    ['LIMITS', '{"EUR":"5"}'],
    ['LIMITS', '{'],
  ])('%s=%s: refused', (variable, text) => {
    const message = complaint(() => readEnvironment(kinds, { ...env, [variable]: text }));
    expect(message).toContain(`  ${variable}: expected `);
    expect(message).toContain(`found ${JSON.stringify(text)}`);
  });
});

describe('a wrong environment', () => {
  it('a choice written as a union of literals: told like any other', () => {
    const choice = Type.Object({ MODE: Type.Union([Type.Literal('fast'), Type.Literal('safe')]) });
    expect(readEnvironment(choice, { MODE: 'safe' })).toEqual({ MODE: 'safe' });
    expect(complaint(() => readEnvironment(choice, {}))).toContain(
      'MODE: expected one of fast, safe, found nothing',
    );
  });

  it('several mistakes: all in one message, with what was expected and what was found', () => {
    const required = Type.Object({
      ...variables.properties,
      SMTP_URL: Type.String({ expects: 'smtp://host:port' }),
    });
    const env = { PORT: '70000', LOG_LEVEL: 'loud', KAFKA_BROKERS: 'kafka', KAFKA_SSL: '1' };
    expect(complaint(() => readEnvironment(required, env))).toBe(
      [
        '5 environment variables are wrong:',
        '  PORT: expected an integer from 0 to 65535 (where HTTP listens), found "70000"',
        '  LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, found "loud"',
        '  KAFKA_BROKERS: expected host:port, several separated by commas, found "kafka"',
        '  KAFKA_SSL: expected true or false, found "1"',
        '  SMTP_URL: expected smtp://host:port, found nothing',
      ].join('\n'),
    );
  });

  it('a wrong secret: named, not shown', () => {
    const message = complaint(() => readEnvironment(variables, { DATABASE_URL: 'mysql://me:hunter2@db/x' }));
    expect(message).toContain('DATABASE_URL: expected postgres://user:password@host:port/database');
    expect(message).not.toContain('hunter2');
  });

  it('half of the SASL settings: the missing half is named', () => {
    const env = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' };
    expect(complaint(() => readEnvironment(variables, env))).toBe(
      'One environment variable is wrong:\n' +
        '  KAFKA_SASL_PASSWORD: expected a text, found nothing although KAFKA_SASL_MECHANISM is set',
    );
  });
});

it('a database with a query, as for TLS with a certificate of one’s own: taken as it is', () => {
  const url = 'postgres://me:pw@db:5432/worker?sslmode=verify-full&sslrootcert=/etc/ca.pem';
  expect(databaseSettings(readEnvironment(variables, { DATABASE_URL: url })).url).toBe(url);
});

it.each([
  'postgres://me:pw@db',
  'postgres://me:pw@db/',
  'postgres://me:pw@db/?sslmode=require',
  'postgres://me:pw@db/a/b',
])('no database, or more than its name, in %s: refused', (url) => {
  expect(complaint(() => readEnvironment(variables, { DATABASE_URL: url }))).toContain('DATABASE_URL');
});

it('all SASL settings: handed to Kafka together', () => {
  const values = readEnvironment(variables, {
    KAFKA_BROKERS: 'a:9092, b:9093',
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'me',
    KAFKA_SASL_PASSWORD: 'pw',
  });
  expect(kafkaSettings('worker', values)).toEqual({
    clientId: 'worker',
    brokers: ['a:9092', 'b:9093'],
    ssl: true,
    sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'pw' },
  });
});
