import { Module } from '@nestjs/common';
import { Compile } from 'typebox/compile';
import { LIVENESS, READINESS, Service } from '../src/index.ts';
import type { OpenApiDocument } from '../src/openapi/index.ts';
import { local } from './echo-service.ts';

/** A part of a service whose state the test sets. */
class Part {
  ready: () => unknown = () => ({ name: 'part', ready: true, detail: { lag: 3 } });
  alive: () => unknown = () => ({ name: 'part', alive: true });
  asked = 0;

  [READINESS](): unknown {
    this.asked++;
    return this.ready();
  }
  [LIVENESS](): unknown {
    return this.alive();
  }
}

const part = new Part();

@Module({
  providers: [
    { provide: Part, useValue: part },
    { provide: 'the same under another name', useExisting: Part },
    { provide: 'a value', useValue: 7 },
    { provide: 'nothing', useValue: null },
  ],
})
class InnerModule {}

@Module({ imports: [InnerModule] })
class PartModule {}

let service: Service;
beforeAll(async () => {
  service = await Service.create({ name: 'parts', config: local, module: PartModule }, false);
  await service.listen();
  await service.consume();
});
afterAll(() => service.stop());
beforeEach(() => Object.assign(part, new Part()));

async function probe(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${service.url}${path}`);
  return { status: response.status, body: await response.json() };
}

describe('/health/ready', () => {
  it('all parts ready: 200 with what each of them says, once', async () => {
    expect(await probe('/health/ready')).toEqual({
      status: 200,
      body: {
        service: 'parts',
        status: 'ready',
        checks: [{ name: 'part', ready: true, detail: { lag: 3 } }],
      },
    });
    expect(part.asked).toBe(1);
  });

  it('one of several not ready: 503', async () => {
    part.ready = async () => [
      { name: 'one', ready: true },
      { name: 'other', ready: false },
    ];
    expect(await probe('/health/ready')).toMatchObject({ status: 503, body: { status: 'not ready' } });
  });

  it('a part that throws: not ready, and its message stays inside', async () => {
    part.ready = () => {
      throw new RangeError('hunter2');
    };
    const { status, body } = await probe('/health/ready');
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { checks: [{ name: 'Part', ready: false, detail: { why: 'RangeError' } }] },
    });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('a part that hangs: not ready after 2 s, not asked again meanwhile, ready once it answers', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    part.ready = () => promise;
    const probes = await Promise.all([probe('/health/ready'), probe('/health/ready')]);
    expect(probes).toMatchObject([{ status: 503 }, { status: 503 }]);
    expect(part.asked).toBe(1);
    resolve({ name: 'part', ready: true });
    await promise;
    expect((await probe('/health/ready')).status).toBe(200);
  });
});

describe('/health/live', () => {
  it('not ready but alive: 200', async () => {
    part.ready = () => ({ name: 'part', ready: false });
    expect((await probe('/health/live')).status).toBe(200);
  });

  it('a part that a restart would help: 503', async () => {
    part.alive = () => ({ name: 'part', alive: false });
    expect(await probe('/health/live')).toMatchObject({ status: 503, body: { status: 'needs a restart' } });
  });

  it('a part that cannot say: 200', async () => {
    part.alive = () => Promise.reject(new Error('the database is away'));
    expect((await probe('/health/live')).status).toBe(200);
  });
});

it('/metrics: answers under their route’s pattern, never their path', async () => {
  await probe('/health/live?token=secret');
  await fetch(`${service.url}/somewhere/else/7`);
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toMatch(
    /http_request_duration_seconds_count\{method="GET",route="\/health\/live",status="200"\} [1-9]/,
  );
  expect(text).toMatch(/http_request_duration_seconds_count\{method="GET",route="none",status="404"\} 1/);
  expect(text).not.toMatch(/secret|else/);
});

describe('/openapi.json', () => {
  it('a service that says nothing about itself: its probes and metrics, each of them there, as described', async () => {
    const { body } = await probe('/openapi.json');
    const { info, paths, components } = body as OpenApiDocument;
    expect(info.title).toBe('Orderstream: parts');
    expect(Object.keys(paths)).toEqual(['/health/live', '/health/ready', '/metrics']);
    for (const path of Object.keys(paths)) expect((await fetch(service.url + path)).status).toBe(200);
    const { HealthReport } = components.schemas;
    expect(Compile(HealthReport).Errors((await probe('/health/ready')).body)).toEqual([]);
    for (const page of ['/docs', '/docs/'])
      expect(await (await fetch(service.url + page)).text()).toContain('<title>Orderstream: parts</title>');
  });
});
