import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from './platform-error.ts';

const run = promisify(execFile);

/** Kafka 4's broker needs Java 17 (https://kafka.apache.org/41/operations/java-version/). */
const OLDEST_JAVA = 17;

const INSTALL_JAVA =
  'Install a Java 17 or newer runtime (Debian: `apt install openjdk-17-jre-headless`, macOS: `brew install openjdk@21`), ' +
  'or name a Kafka that runs elsewhere in KAFKA_BROKERS.';

export interface Java {
  readonly command: string;
  /** All that it says of its version and build. */
  readonly version: string;
}

/** The Java to run Kafka with: `JAVA_HOME`'s, else the one on the PATH. Throws `java-missing` when there is none or it is too old. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const java = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : 'java';
  const place = env['JAVA_HOME'] ? `at JAVA_HOME (${env['JAVA_HOME']})` : 'on the PATH';
  let output: string;
  try {
    output = (await run(java, ['-version'], { env })).stderr;
  } catch (cause) {
    throw new PlatformError(
      'java-missing',
      `Kafka needs Java, and there is none ${place}. ${INSTALL_JAVA}`,
      [],
      {
        cause,
      },
    );
  }
  const version = majorVersion(output);
  if (version !== undefined && version < OLDEST_JAVA) {
    throw new PlatformError(
      'java-missing',
      `Kafka needs Java 17; the one ${place} is Java ${version}. ${INSTALL_JAVA}`,
    );
  }
  return { command: java, version: output };
}

/** The major version in `java -version`'s output: 8 of `"1.8.0_412"`, 17 of `"17.0.15"`. */
export function majorVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match ? Number(match[1]) : undefined;
}
