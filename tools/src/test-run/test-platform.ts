import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { deleteLocalData } from '../platform/control.ts';
import { liveOwner, readRecord } from '../platform/data-dir.ts';
import { freePorts, orderstreamDir, startPlatform, type Platform } from '../platform/index.ts';
import { preparePlatform, startCopy, TEST_PREFIX } from './prepared-platform.ts';
import type { Step } from './steps.ts';

/**
 * A Kafka and a PostgreSQL for each kind of tests, beside whatever the developer runs: those of one kind read and write the real topics, and
 * would be in the way of those of another. Started when first asked for; nothing of them is left after `stop()`.
 */
export class TestPlatforms {
  readonly #forEndToEnd: boolean;
  readonly #environments = new Map<Step['kind'], Promise<NodeJS.ProcessEnv>>();
  readonly #print: (line: string) => void;
  #first: Promise<FirstPlatform> | undefined;
  readonly #others: Platform[] = [];

  /** @param steps all that will ask */
  constructor(steps: readonly Step[], print: (line: string) => void) {
    this.#forEndToEnd = steps.some(({ kind }) => kind === 'e2e');
    this.#print = print;
  }

  /** For tests of this kind: KAFKA_BROKERS and DATABASE_URL, and what makes platforms of their own start sooner. */
  environmentOf(kind: Step['kind']): Promise<NodeJS.ProcessEnv> {
    const known = this.#environments.get(kind);
    if (known) return known;
    const isFirst = this.#environments.size === 0;
    const environment = this.#started(kind, isFirst ? this.#startFirst() : this.#startAnother(kind));
    this.#environments.set(kind, environment);
    return environment;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#environments.values());
    const first = await this.#first?.catch(() => undefined);
    const stopped = await Promise.allSettled(this.#others.map((platform) => platform.stop()));
    if (first) await stopAndRemove(first);
    for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #startFirst(): Promise<NodeJS.ProcessEnv> {
    this.#first = startFirstPlatform({ forEndToEnd: this.#forEndToEnd });
    const { platform, prepared } = await this.#first;
    return { ...addresses(platform), ...prepared };
  }

  async #startAnother(kind: Step['kind']): Promise<NodeJS.ProcessEnv> {
    const { dataDir, prepared } = (await this.#first) as FirstPlatform;
    const kafkaPort = await freePorts(3);
    const place = { dataDir: join(dataDir, kind), kafkaPort, postgresPort: kafkaPort + 2 };
    const platform = await startCopy(preparedIn(dataDir), place);
    this.#others.push(platform);
    return { ...addresses(platform), ...prepared };
  }

  async #started<T>(kind: string, starting: Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const started = await starting;
    const seconds = (performance.now() - startedMs) / 1000;
    this.#print(`  Kafka and PostgreSQL for tests of the kind ${kind} are up (${seconds.toFixed(1)} s)`);
    return started;
  }
}

interface FirstPlatform {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly prepared: NodeJS.ProcessEnv;
}

/** Its data directory is that of the whole run. @param forEndToEnd tests will want further platforms, and a browser */
async function startFirstPlatform({ forEndToEnd }: { forEndToEnd: boolean }): Promise<FirstPlatform> {
  await removeLeftovers();
  const dataDir = join(orderstreamDir, `${TEST_PREFIX}${process.pid}`);
  const kafkaPort = await freePorts(3);
  const platform = await startPlatform({ dataDir, kafkaPort, postgresPort: kafkaPort + 2 }).catch(
    (error: unknown) => {
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    },
  );
  try {
    // Apps read and write the real topics.
    const kafka = { clientId: 'orderstream-test', brokers: [platform.kafkaBrokers] };
    const [, prepared] = await Promise.all([
      bringTopicsUpToDate(kafka),
      forEndToEnd ? preparePlatform(preparedIn(dataDir)) : {},
      forEndToEnd && unpackBrowser(),
    ]);
    return { platform, dataDir, prepared };
  } catch (error) {
    await stopAndRemove({ platform, dataDir });
    throw error;
  }
}

function preparedIn(dataDir: string): string {
  return join(dataDir, 'prepared');
}

function addresses(platform: Platform): NodeJS.ProcessEnv {
  return { KAFKA_BROKERS: platform.kafkaBrokers, DATABASE_URL: platform.databaseUrl('postgres') };
}

/** Of two projects that unpack it at a time, one would start a half of it. Where it is not the one that tests open there is nothing to unpack. */
async function unpackBrowser(): Promise<void> {
  if (process.env['CHROMIUM_PATH'] || `${process.platform}-${process.arch}` !== 'linux-x64') return;
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
}

async function stopAndRemove({
  platform,
  dataDir,
}: Pick<FirstPlatform, 'platform' | 'dataDir'>): Promise<void> {
  await platform.stop();
  await removeUnused(dataDir);
}

/** What runs that were killed left below the directory; the data of one that still runs is left alone. */
export async function removeLeftovers(directory = orderstreamDir): Promise<void> {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith(TEST_PREFIX)))
    await removeUnused(join(directory, name));
}

/** Stops and removes the platforms inside, which tests had of their own, and then this one. Those in use stay, with what is inside them. */
async function removeUnused(dataDir: string): Promise<void> {
  if (liveOwner(readRecord(dataDir)) !== undefined) return;
  for (const inside of platformsIn(dataDir)) await removeUnused(inside);
  const unused = await deleteLocalData(dataDir).then(
    () => platformsIn(dataDir).length === 0,
    () => false,
  );
  if (unused) rmSync(dataDir, { recursive: true, force: true });
}

function platformsIn(directory: string): string[] {
  const paths = readdirSync(directory).map((name) => join(directory, name));
  return paths.filter((path) => readRecord(path) !== undefined);
}
