import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, spawnService } from '../src/index.ts';

const SERVICE = `
import { createServer } from 'node:http';
console.log(JSON.stringify({ msg: 'starting' }));
let asked = 0;
createServer((_, response) => { asked += 1; response.statusCode = asked < 3 ? 503 : 200; response.end(); })
  .listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => { console.log('bye'); process.exit(0); });
`;

describe('spawnService', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spawn-service-'));
    await writeFile(join(folder, 'service.mjs'), SERVICE);
    await writeFile(join(folder, 'dies.mjs'), `console.error('no configuration'); process.exit(1);`);
    await writeFile(
      join(folder, 'deaf.mjs'),
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up');`,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('returns when the service is ready, collects its log, stops it by SIGTERM', async () => {
    const port = await freePort();
    const service = await spawnService({
      entry: join(folder, 'service.mjs'),
      env: { PORT: String(port) },
      readyUrl: `http://127.0.0.1:${port}/`,
    });
    await expect(service.stop()).resolves.toEqual({ code: 0, signal: null });
    expect(service.log).toEqual(['{"msg":"starting"}', 'bye']);
  });

  it('kill: the process gets no chance to say goodbye', async () => {
    const port = await freePort();
    const service = await spawnService({
      entry: join(folder, 'service.mjs'),
      env: { PORT: String(port) },
      readyUrl: `http://127.0.0.1:${port}/`,
    });
    await expect(service.kill()).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    expect(service.log).not.toContain('bye');
  });

  it('a service that ends before it is ready: fails with its last lines', async () => {
    const spawning = spawnService({
      entry: join(folder, 'dies.mjs'),
      env: {},
      readyUrl: `http://127.0.0.1:${await freePort()}/`,
    });
    await expect(spawning).rejects.toThrow(/ended before it was ready\nno configuration/);
  });

  it('a service that ignores SIGTERM: is killed and reported', async () => {
    const service = await spawnService({ entry: join(folder, 'deaf.mjs'), env: {} });
    await eventually(() => expect(service.log).toEqual(['up']));
    await expect(service.stop({ deadlineMs: 50 })).rejects.toThrow(/did not stop within 50 ms/);
  });
});
