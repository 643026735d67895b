import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromClassArchive, throughClassArchive } from '../../src/platform/kafka-jvm.ts';

describe('the archive of a broker’s classes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orderstream-classes-'));
  const jvm = { java: 'java', jars: [], classArchive: join(directory, 'kafka.jsa') };
  afterAll(() => rmSync(directory, { recursive: true }));

  it('there is none, or one that the JVM could not finish: the next broker writes it', () => {
    const writes = [`-XX:ArchiveClassesAtExit=${jvm.classArchive}`, '-Xlog:cds=error'];
    expect(throughClassArchive(jvm)).toEqual(writes);
    expect(fromClassArchive(jvm)).toEqual([]);
    for (const unfinished of [Buffer.alloc(0), Buffer.alloc(4096)]) {
      writeFileSync(jvm.classArchive, unfinished);
      expect(throughClassArchive(jvm)).toEqual(writes);
      expect(fromClassArchive(jvm)).toEqual([]);
    }
  });

  it('it is whole: taken', () => {
    writeFileSync(jvm.classArchive, Buffer.of(0xa8, 0xab, 0x0b, 0xf0));
    const takes = [`-XX:SharedArchiveFile=${jvm.classArchive}`];
    expect(throughClassArchive(jvm)).toEqual(takes);
    expect(fromClassArchive(jvm)).toEqual(takes);
  });
});
