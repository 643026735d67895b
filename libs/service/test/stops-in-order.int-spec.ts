import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TinyProcess } from './fixture/tiny-process.ts';

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

async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) yield decoder.decode(chunk);
}

describe('a running service', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s with a request under way: it is answered, then the consumer drains, then the database closes; exit 0',
    async (signal) => {
      const tiny = start();
      const url = await tiny.url();
      await tiny.line('running');
      const answer = fetch(`${url}/slow`).then((response) => response.text());
      await tiny.line('slow request taken');
      tiny.kill(signal);
      expect(await answer).toBe('done');
      expect(await tiny.exitCode()).toBe(0);
      const steps = ['stopping', 'slow request answered', 'consumer drained', 'database closed', 'stopped'];
      expect(tiny.messages().slice(-steps.length)).toEqual(steps);
    },
  );

  it('no new connection is accepted once it stops', async () => {
    const tiny = start();
    const url = await tiny.url();
    const answer = fetch(`${url}/slow`).then((response) => response.text());
    await tiny.line('slow request taken');
    tiny.kill('SIGTERM');
    await tiny.line('stopping');
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
    expect(await answer).toBe('done');
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

  it('a client that would go on on its connection: is told not to', async () => {
    const tiny = start();
    const url = await tiny.url();
    expect((await fetch(`${url}/health/live`)).headers.get('connection')).toBe('keep-alive');
    const answer = fetch(`${url}/slow`);
    await tiny.line('slow request taken');
    tiny.kill('SIGTERM');
    expect((await answer).headers.get('connection')).toBe('close');
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
