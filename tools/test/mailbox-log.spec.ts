import { appendFile, copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordLog } from '../src/catchers/record-log.ts';

const everything = { limit: 1000, offset: 0 };
let directory: string;
let path: string;
const opened: RecordLog[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'record-log-'));
  path = join(directory, 'deep', 'messages.log');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
  await rm(directory, { recursive: true });
});

async function openLog(file = path): Promise<RecordLog> {
  const log = await RecordLog.open(file);
  opened.push(log);
  return log;
}

async function reopen(log: RecordLog): Promise<RecordLog> {
  await close(log);
  return openLog();
}

async function close(log: RecordLog): Promise<void> {
  opened.splice(opened.indexOf(log), 1);
  await log.close();
}

function add(log: RecordLog, text: string, keys: string[] = []): Promise<number> {
  return log.append({ keys, meta: { text }, body: [Buffer.from(text)] });
}

async function texts(log: RecordLog): Promise<(string | undefined)[]> {
  const { numbers } = log.select({}, everything);
  return Promise.all(numbers.map(async (number) => (await log.read(number))?.body.toString()));
}

describe('a record log', () => {
  it('gives back what was appended, newest first, before and after it is opened again', async () => {
    const log = await openLog();
    const bodies = ['one', 'with\na line feed\n', '', '{"bytes":1,"keys":[],"meta":{}}\nx\n', 'ünï💥'];
    for (const body of bodies) await add(log, body);
    expect(await texts(log)).toEqual(bodies.toReversed());
    const again = await reopen(log);
    expect(await texts(again)).toEqual(bodies.toReversed());
    expect((await again.read(2))?.meta).toEqual({ text: 'with\na line feed\n' });
  });

  it('finds records by key and by a part of a key, one page at a time', async () => {
    const first = await openLog();
    await add(first, '1', ['to:ann@x', 'id:1']);
    await add(first, '2', ['to:bob@x', 'id:ann']);
    await add(first, '3', ['to:ann@x', 'to:anna@y']);
    for (const log of [first, await reopen(first)]) {
      expect(log.select({ key: 'to:ann@x' }, everything)).toEqual({ total: 2, numbers: [3, 1] });
      expect(log.select({ key: 'to:ann@x' }, { limit: 1, offset: 1 })).toEqual({ total: 2, numbers: [1] });
      expect(log.select({ key: 'to:nobody' }, everything)).toEqual({ total: 0, numbers: [] });
      expect(log.select({ prefix: 'to:', part: 'ann' }, everything)).toEqual({ total: 2, numbers: [3, 1] });
      expect(log.select({ prefix: 'to:', part: 'to:' }, everything).total).toBe(0);
      expect(log.select({}, { limit: 2, offset: 2 })).toEqual({ total: 3, numbers: [1] });
      expect(log.select({}, { limit: 2, offset: 9 })).toEqual({ total: 3, numbers: [] });
    }
  });

  it('keeps the order of the calls and loses none when many append at once', async () => {
    const log = await openLog();
    const numbers = await Promise.all(Array.from({ length: 3000 }, (_, index) => add(log, `body ${index}`)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const again = await reopen(log);
    expect(again.size).toBe(3000);
    expect((await again.read(1234))?.body.toString()).toBe('body 1233');
  });

  it('torn anywhere in its last record: the ones before stay, and the next append is whole', async () => {
    const log = await openLog();
    await add(log, 'first', ['k']);
    await add(log, 'second', ['k']);
    await close(log);
    const whole = (await stat(path)).size;
    await appendOne('torn away', ['k']);
    const full = (await stat(path)).size;
    for (let size = whole; size < full; size += 1) {
      const copy = join(directory, `${size}.log`);
      await copyFile(path, copy);
      await truncate(copy, size);
      const torn = await openLog(copy);
      expect(torn.select({ key: 'k' }, everything).numbers).toEqual([2, 1]);
      await add(torn, 'after', ['k']);
      await close(torn);
      const mended = await openLog(copy);
      expect(await texts(mended)).toEqual(['after', 'second', 'first']);
      await close(mended);
    }
  });

  async function appendOne(text: string, keys: string[]): Promise<void> {
    const log = await openLog();
    await add(log, text, keys);
    await close(log);
  }

  it('torn anywhere in its first line: it starts empty', async () => {
    await close(await openLog());
    const { size } = await stat(path);
    for (let cut = 0; cut < size; cut += 1) {
      await truncate(path, cut);
      const log = await openLog();
      expect(log.size).toBe(0);
      await close(log);
      expect((await stat(path)).size).toBe(size);
    }
  });

  it('ends in zeros or noise: those are dropped', async () => {
    await appendOne('kept', []);
    for (const noise of [
      Buffer.alloc(5000),
      Buffer.from('{"bytes":-1}\n'),
      Buffer.from('null\n\n'),
      Buffer.alloc(3e6, 'x'),
    ]) {
      await appendFile(path, noise);
      const log = await openLog();
      expect(await texts(log)).toEqual(['kept']);
      await close(log);
    }
  });

  it.each([600_000, 1024 * 1024 - 1_000])(
    'a record with %s bytes of keys: it and the next one are there when it is opened again',
    async (bytes) => {
      const log = await openLog();
      const keys = keysOf(bytes);
      await add(log, 'first');
      await add(log, 'many keys', keys);
      await add(log, 'next');
      const again = await reopen(log);
      expect(await texts(again)).toEqual(['next', 'many keys', 'first']);
      expect(again.select({ key: keys.at(-1) as string }, everything).numbers).toEqual([2]);
    },
  );

  it('a record with more keys than can be read back: it is refused, and the log goes on', async () => {
    const log = await openLog();
    await expect(add(log, 'too many keys', keysOf(1024 * 1024))).rejects.toMatchObject({
      code: 'HEAD_TOO_LONG',
    });
    expect(await add(log, 'next')).toBe(1);
    expect(await texts(await reopen(log))).toEqual(['next']);
  });

  it('damaged in the middle: it is refused in a sentence, and what follows is not cut off', async () => {
    const log = await openLog();
    for (const text of ['first', 'second', 'third']) await add(log, text);
    await close(log);
    const whole = await readFile(path);
    for (const noise of [Buffer.alloc(4), Buffer.from('"byt'), Buffer.alloc(300_000, 'x')]) {
      const at = whole.indexOf('second') - 40;
      const damaged = Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at + 4)]);
      await writeFile(path, damaged);
      await expect(openLog()).rejects.toMatchObject({
        code: 'not-ours',
        message: expect.stringContaining('is damaged at byte') as string,
      });
      expect((await readFile(path)).equals(damaged)).toBe(true);
    }
  });

  it('torn in a body that holds what looks like a record: it is dropped all the same', async () => {
    await appendOne('kept', []);
    const size = (await stat(path)).size;
    await appendOne('\n{"bytes":1,"keys":[],"meta":{}}\nx\n and more', []);
    await truncate(path, (await stat(path)).size - 3);
    expect(await texts(await openLog())).toEqual(['kept']);
    expect((await stat(path)).size).toBe(size);
  });

  /** So many bytes of keys, as JSON has them. */
  function keysOf(bytes: number): string[] {
    return Array.from({ length: Math.floor(bytes / 103) }, (_, index) => `to:${index}`.padEnd(100, '.'));
  }

  it('is somebody else’s file: it is refused in a sentence and left as it is', async () => {
    const foreign = join(directory, 'notes.txt');
    await writeFile(foreign, 'my notes\n');
    await expect(openLog(foreign)).rejects.toMatchObject({
      code: 'not-ours',
      message: expect.stringContaining(`${foreign} is not a file of caught messages.`) as string,
    });
    expect(await readFile(foreign, 'utf8')).toBe('my notes\n');
  });

  it('emptied: old numbers find nothing, new ones go on, also after it is opened again', async () => {
    const log = await openLog();
    await add(log, 'old', ['k']);
    const cleared = log.clear();
    const next = add(log, 'new', ['k']);
    await cleared;
    expect(await next).toBe(2);
    expect(await log.read(1)).toBeUndefined();
    expect(await texts(log)).toEqual(['new']);
    await log.clear();
    const again = await reopen(log);
    expect(again.size).toBe(0);
    expect(again.select({ key: 'k' }, everything).total).toBe(0);
    expect(await add(again, 'newest')).toBe(3);
  });

  it('reads only a beginning when asked to, whatever the size of head and body', async () => {
    const log = await openLog();
    const keys = Array.from({ length: 500 }, (_, index) => `to:recipient-${index}@example.com`);
    await log.append({ keys, meta: {}, body: [Buffer.alloc(1_000_000, 'a'), Buffer.alloc(1_000_000, 'b')] });
    const start = await log.read(1, 100_000);
    expect(start?.body.length).toBeGreaterThan(50_000);
    expect(start?.body.length).toBeLessThanOrEqual(100_000);
    expect((await log.read(1))?.body.length).toBe(2_000_000);
    const again = await reopen(log);
    expect(again.select({ key: 'to:recipient-499@example.com' }, everything).numbers).toEqual([1]);
  });
});
