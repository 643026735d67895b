import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaJars } from '../../src/platform/kafka-jars.ts';

describe('the Maven that finds Kafka’s jars', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orderstream-maven-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    [undefined, '-XX:TieredStopAtLevel=1'],
    ['-Xmx1g', '-XX:TieredStopAtLevel=1 -Xmx1g'],
  ])('MAVEN_OPTS is %s: it runs with "%s", so that the user’s own options count', async (own, seen) => {
    writeFileSync(join(directory, 'mvn'), '#!/bin/sh\necho "$MAVEN_OPTS"\nexit 1\n', { mode: 0o755 });
    const env = { PATH: `${directory}:${process.env['PATH']}`, MAVEN_OPTS: own };
    const cacheFile = join(directory, 'classpath.json');
    const jars = kafkaJars({ cacheFile, onDownload: () => undefined, env });
    await expect(jars).rejects.toMatchObject({ code: 'maven-failed', logLines: [seen] });
  });
});
