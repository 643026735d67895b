import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { removeTransformed, TinyProcess } from './fixture/tiny-process.ts';

const started: TinyProcess[] = [];

function start(env?: Record<string, string>): TinyProcess {
  const tiny = new TinyProcess(env);
  started.push(tiny);
  return tiny;
}

afterEach(async () => {
  for (const tiny of started.splice(0)) {
    tiny.kill('SIGKILL');
    await tiny.exitCode();
  }
});

afterAll(removeTransformed);

async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) yield decoder.decode(chunk);
}

/** What is seen of a stop while a request is under way. */
interface Stop {
  readonly answer: string;
  /** What that answer, and one from before, say of their connection. */
  readonly connection: { readonly before: string | null; readonly after: string | null };
  /** Of somebody who came once it had begun. */
  readonly newcomer: 'answered' | 'turned away';
  readonly exitCode: number | null;
  readonly messages: readonly unknown[];
}

async function stopWithRequestUnderWay(signal: NodeJS.Signals): Promise<Stop> {
  const tiny = start();
  const url = await tiny.url();
  await tiny.line('running');
  const before = (await fetch(`${url}/health/live`)).headers.get('connection');
  const answering = fetch(`${url}/slow`);
  await tiny.line('slow request taken');
  tiny.kill(signal);
  await tiny.line('stopping');
  // On a connection of its own.
  const newcomer = await once(get(`${url}/health/live`, { agent: false }), 'response').then(
    () => 'answered' as const,
    () => 'turned away' as const,
  );
  const answer = await answering;
  return {
    answer: await answer.text(),
    connection: { before, after: answer.headers.get('connection') },
    newcomer,
    exitCode: await tiny.exitCode(),
    messages: tiny.messages(),
  };
}

describe('a running service', () => {
  /** Several tests look at one stop: a start is the dear part of each. */
  let stops: ReadonlyMap<NodeJS.Signals, Stop>;
  beforeAll(async () => {
    const seen = async (signal: NodeJS.Signals) => [signal, await stopWithRequestUnderWay(signal)] as const;
    stops = new Map([await seen('SIGTERM'), await seen('SIGINT')]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s with a request under way: it is answered, then the consumer drains, then the database closes; exit 0',
    (signal) => {
      const { answer, exitCode, messages } = stops.get(signal) as Stop;
      expect([answer, exitCode]).toEqual(['done', 0]);
      const steps = ['stopping', 'slow request answered', 'consumer drained', 'database closed', 'stopped'];
      expect(messages.slice(-steps.length)).toEqual(steps);
    },
  );

  it('no new connection is accepted once it stops', () => {
    for (const { newcomer, answer } of stops.values())
      expect([newcomer, answer]).toEqual(['turned away', 'done']);
  });

  it('a client that would go on on its connection: is told not to', () => {
    for (const { connection } of stops.values())
      expect(connection).toEqual({ before: 'keep-alive', after: 'close' });
  });

  it('an answer that its client is still reading: comes whole', async () => {
    const tiny = start();
    const { port } = new URL(await tiny.url());
    const client = connect(Number(port), '127.0.0.1');
    client.write('GET /large HTTP/1.1\r\nHost: tiny\r\n\r\n');
    await once(client, 'readable');
    tiny.kill('SIGTERM');
    await tiny.line('stopping');
    await delay(300);
    let bytes = 0;
    for await (const chunk of client) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(32 * 1024 * 1024);
    expect(await tiny.exitCode()).toBe(0);
  });

  it('an idle connection and an open event stream: neither delays the stop', async () => {
    const tiny = start();
    const url = await tiny.url();
    await (await fetch(`${url}/health/live`)).text();
    const chunks = readAll((await fetch(`${url}/stream`)).body as ReadableStream<Uint8Array>);
    while (!String((await chunks.next()).value).includes('tick'));
    const stoppedAt = performance.now();
    tiny.kill('SIGTERM');
    expect(await tiny.exitCode()).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(4_000);
    // A stream that was cut off rather than ended rejects here.
    while (!(await chunks.next()).done);
  });

  it('a second signal: ends at once', async () => {
    const tiny = start({ CONSUMER: 'hangs on close' });
    await tiny.line('running');
    tiny.kill('SIGINT');
    await tiny.line('consumer drained');
    tiny.kill('SIGINT');
    expect(await tiny.exitCode()).toBe(130);
  });

  it('a consumer that does not drain: ends at the deadline, and says that it was not in order', async () => {
    const tiny = start({ CONSUMER: 'hangs on close', STOP_DEADLINE_MS: '300' });
    await tiny.line('running');
    tiny.kill('SIGTERM');
    expect(await tiny.exitCode()).toBe(1);
    expect(tiny.lines.at(-1)).toMatchObject({ level: 'fatal', deadline_ms: 300 });
  });

  it('an error nobody handles: logged, exit 1', async () => {
    const tiny = start();
    await fetch(`${await tiny.url()}/crash`).catch(() => undefined);
    expect(await tiny.exitCode()).toBe(1);
    expect(tiny.lines.at(-1)).toMatchObject({
      level: 'fatal',
      service: 'tiny',
      msg: 'an error was not handled',
      origin: 'unhandledRejection',
      err: { message: 'nobody catches this' },
    });
  });
});

describe('a service that waits for Kafka', () => {
  it('health answers: alive, not ready; and a signal ends it with 0', async () => {
    const tiny = start({ CONSUMER: 'never joins' });
    const url = await tiny.url();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ service: 'tiny', status: 'starting' });
    tiny.kill('SIGTERM');
    expect(await tiny.exitCode()).toBe(0);
    expect(tiny.messages()).not.toContain('running');
  });
});

describe('a service that cannot start', () => {
  it('wrong variables: all named in one line, exit 1', async () => {
    const tiny = start({ PORT: 'x', LOG_LEVEL: 'loud' });
    expect(await tiny.exitCode()).toBe(1);
    expect(tiny.lines).toHaveLength(1);
    expect(tiny.lines[0]).toMatchObject({
      level: 'fatal',
      msg: expect.stringMatching(
        /^tiny cannot start\. 2 environment variables are wrong:\n {2}PORT: .*\n {2}LOG_LEVEL: /,
      ) as string,
    });
  });

  it('a taken port: says which, exit 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const tiny = start({ PORT: String(port) });
    expect(await tiny.exitCode()).toBe(1);
    expect(tiny.lines.at(-1)).toMatchObject({
      level: 'fatal',
      msg: `tiny cannot start: 127.0.0.1:${port} is taken (PORT and HOST choose another address)`,
    });
    other.close();
  });

  it('a consumer that refuses to start: exit 1', async () => {
    const tiny = start({ CONSUMER: 'fails' });
    expect(await tiny.exitCode()).toBe(1);
    expect(tiny.lines.at(-1)).toMatchObject({
      level: 'fatal',
      msg: 'tiny cannot start',
      err: { message: 'no such group' },
    });
  });
});
