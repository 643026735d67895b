import { execFileSync } from 'node:child_process';
import { eventually } from '@orderstream/testing';
import { readRecord } from '../../src/platform/data-dir.ts';
import { freePorts } from '../../src/platform/index.ts';
import { findProcess, markOf, isRunning, type ProcessMark } from '../../src/platform/process-table.ts';
import { PORTS_IN_A_ROW } from '../../src/start/local-addresses.ts';
import { Orderstream } from '../cli/orderstream.ts';
import { scratchPlatform, type ScratchPlatform } from '../platform/scratch-platform.ts';

/** What `npm start` promises to take at most. */
const STOP_MS = 30_000;

describe('`npm start`: Ctrl-C ends everything', () => {
  let scratch: ScratchPlatform;
  let started: Orderstream;
  beforeAll(async () => void (scratch = await scratchPlatform()));
  afterEach(async () => {
    started.process.kill('SIGKILL');
    await started.ended;
  });
  afterAll(() => scratch.remove(), 60_000);

  it('while Kafka and PostgreSQL are still being set up: exit 0 within 30 s, nothing goes on', async () => {
    const cli = await npmStart();
    await eventually(() => cli.stderr.includes('starting'), { deadlineMs: 60_000 });
    await expectToEndInTime(cli);
    expect(cli.stdout).toBe(''); // no further step was begun
  }, 180_000);

  it('a service was killed and is back, another hangs and so does PostgreSQL: exit 0 within 30 s, nothing goes on', async () => {
    const cli = await npmStart(); // on what the one that was cut short has left
    await eventually(() => cli.stdout.includes('Orders as they come'), { deadlineMs: 180_000 });
    const places = ['order-api', 'worker', 'warehouse', 'dashboard', 'mailbox', 'read model'];
    const arrivals = cli.lines.flatMap((line) => / ms {2}(.{10}) /.exec(line)?.slice(1) ?? []);
    expect(arrivals.map((where) => where.trim()).sort()).toEqual(places.sort());

    process.kill(serviceOf(cli, 'worker').pid, 'SIGKILL');
    await eventually(() => cli.stdout.includes('! worker ended by itself and is started again (1×)'));
    await eventually(() => serviceOf(cli, 'worker'));

    process.kill(serviceOf(cli, 'order-api').pid, 'SIGSTOP');
    process.kill(readRecord(scratch.dataDir)?.postgres?.pid as number, 'SIGSTOP');
    await expectToEndInTime(cli);
  }, 300_000);

  async function npmStart(): Promise<Orderstream> {
    const places = ['--data-dir', scratch.dataDir, '--kafka-port', String(scratch.kafkaPort)];
    const ports = ['--postgres-port', String(scratch.postgresPort), '--first-port', await firstPort()];
    const itsOwn = { KAFKA_BROKERS: '', DATABASE_URL: '', SMTP_URL: '', SMS_GATEWAY_URL: '' };
    started = new Orderstream(['start', ...places, ...ports], itsOwn);
    return started;
  }
});

async function firstPort(): Promise<string> {
  return String(await freePorts(PORTS_IN_A_ROW));
}

async function expectToEndInTime(cli: Orderstream): Promise<void> {
  const started = descendantsOf(cli.process.pid as number);
  expect(started.length).toBeGreaterThan(0);
  const askedMs = performance.now();
  const { code, stderr } = await cli.interrupt();
  const tookMs = performance.now() - askedMs;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('stopping in order') as string,
  });
  expect(tookMs).toBeLessThan(STOP_MS);
  // The children of a killed PostgreSQL notice a moment later.
  await eventually(() => !started.some((mark) => isRunning(mark)));
}

/** Its process. @throws while there is none */
function serviceOf(cli: Orderstream, name: string): ProcessMark {
  const found = descendantsOf(cli.process.pid as number).find(({ pid }) =>
    findProcess(pid)?.command.includes(`apps/${name}/dist/main.js`),
  );
  if (found) return found;
  throw new Error(`no process of ${name}`);
}

/** Every process that one has started, and those that they have. */
function descendantsOf(ancestor: number): ProcessMark[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    table.filter(([, ppid]) => ppid === parent).flatMap(([pid = 0]) => [pid, ...below(pid)]);
  return below(ancestor).flatMap((pid) => markOf(pid) ?? []);
}
