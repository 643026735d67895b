import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { orderstreamDir } from '../../src/platform/index.ts';
import { markOf } from '../../src/platform/process-table.ts';
import { testDataDir } from '../../src/test-run/prepared-platform.ts';
import { removeLeftovers } from '../../src/test-run/test-platform.ts';

const GONE = { pid: 2 ** 30, started: '0' };

let directory: string;
let other: ChildProcess;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'orderstream-leftovers-'));
  other = spawn('sleep', ['600']);
  await once(other, 'spawn');
});

afterEach(() => {
  other.kill();
  rmSync(directory, { recursive: true });
});

/** A data directory with something in it, as its owner left it. */
function platform(path: string, owner: object | undefined): string {
  const dataDir = join(directory, path);
  mkdirSync(join(dataDir, 'kafka'), { recursive: true });
  writeFileSync(join(dataDir, 'platform.json'), JSON.stringify({ owner, detached: false }));
  return dataDir;
}

describe('a run of the tests begins', () => {
  it('what killed runs left is removed, with the systems their tests had; what is in use and what is not of tests stays', async () => {
    const running = markOf(other.pid as number);
    platform('test-1', GONE);
    platform('test-1/system-a', GONE);
    platform('test-operations-b', GONE);
    const kept = [
      platform('test-2', running),
      platform('test-2/system-c', GONE),
      platform('test-3/system-d', running),
      platform('kafka-of-somebody', GONE),
    ];
    platform('test-3', GONE);
    platform('test-3/system-e', GONE);
    await removeLeftovers(directory);
    expect(kept.filter((path) => !existsSync(join(path, 'platform.json')))).toEqual([]);
    expect(readdirSync(directory).sort()).toEqual(['kafka-of-somebody', 'test-2', 'test-3']);
    expect(readdirSync(join(directory, 'test-3'))).toEqual(['system-d']);
  });
});

describe('a test has a system of its own', () => {
  const before = process.env['ORDERSTREAM_PREPARED_PLATFORM'];
  afterEach(() => {
    if (before === undefined) delete process.env['ORDERSTREAM_PREPARED_PLATFORM'];
    else process.env['ORDERSTREAM_PREPARED_PLATFORM'] = before;
  });

  it('in `npm test`: its data is below that of the run', async () => {
    const prepared = join(directory, 'test-1', 'prepared');
    mkdirSync(prepared, { recursive: true });
    process.env['ORDERSTREAM_PREPARED_PLATFORM'] = prepared;
    expect(dirname(await testDataDir('system'))).toBe(join(directory, 'test-1'));
  });

  it('without `npm test`: its data is where the next run looks for leftovers', async () => {
    delete process.env['ORDERSTREAM_PREPARED_PLATFORM'];
    const dataDir = await testDataDir('system');
    rmSync(dataDir, { recursive: true });
    expect([dirname(dataDir), basename(dataDir)]).toEqual([
      orderstreamDir,
      expect.stringMatching(/^test-system-/),
    ]);
  });
});
