import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaJars } from '../../src/platform/kafka-jars.ts';

it('the checkout’s path is not ASCII and the locale is C: Maven’s answer is found all the same', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'orderstream-größe-'));
  try {
    const cacheFile = join(directory, 'classpath.json');
    const env = { ...process.env, LC_ALL: 'C' };
    const jars = await kafkaJars({ cacheFile, onDownload: () => undefined, env });
    expect(jars.join()).toContain('kafka');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
