import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafka, deadLetterTopic, webEvents } from '@orderstream/events';
import { eventually, freePort } from '@orderstream/testing';
import { MeasuredProcess, processUse } from '../../src/bench/measured-process.ts';
import { publishAll } from '../../src/bench/preload.ts';
import { preloadWebEvents } from '../../src/bench/warehouse-backlog.ts';
import {
  builtFile,
  SERVICE_NODE_FLAGS,
  serviceEnvironment,
  SERVICES,
  type ServiceDefinition,
} from '../../src/services/services.ts';
import { Orderstream } from '../cli/orderstream.ts';
import { SmallSystem } from '../operations/small-system.ts';
import { growth, MemorySeries } from './support/memory-series.ts';
import { OddWebEvents } from './support/odd-web-events.ts';
import { deadlineFor, scaled } from './support/scale.ts';
import { tell } from './support/tell.ts';

const EVENTS = scaled(2_000_000, 40_000);
const LONGEST_SESSION = scaled(100_000, 2_000);
const odd = new OddWebEvents({
  session: LONGEST_SESSION,
  repeats: 1_000,
  clocksOff: 1_000,
  unreadable: 1_000,
});
const KEPT = EVENTS + odd.kept;
const LOOK_MS = 100;
/** How much more the last quarter may take than the second; over a small backlog (FAULTS_SCALE) a service has not warmed up by then. */
const MOST_GROWTH = EVENTS >= 500_000 ? 1.2 : Infinity;

/** Rollups that differ from what the facts add up to. */
const DIFFERENCES = `
  SELECT 'minute', minute::text FROM warehouse.web_events_per_minute FULL JOIN (
    SELECT date_bin('1 minute', occurred_at, 'epoch') AS minute, event_type, count(*) AS counted FROM warehouse.web_events GROUP BY 1, 2
  ) AS facts USING (minute, event_type) WHERE events IS DISTINCT FROM counted
  UNION ALL SELECT 'session', session_id FROM warehouse.sessions FULL JOIN (
    SELECT session_id, count(*) AS counted FROM warehouse.web_events GROUP BY 1
  ) AS facts USING (session_id) WHERE event_count IS DISTINCT FROM counted
  UNION ALL SELECT 'funnel', minute::text FROM warehouse.funnel_per_minute FULL JOIN (
    SELECT date_bin('1 minute', started_at, 'epoch') AS minute, count(*) AS began, count(product_viewed_at) AS viewed_in FROM warehouse.sessions GROUP BY 1
  ) AS facts USING (minute) WHERE (coalesce(sessions, 0), coalesce(viewed, 0)) IS DISTINCT FROM (coalesce(began, 0), coalesce(viewed_in, 0))
  UNION ALL SELECT 'product', sku FROM (SELECT sku, sum(views) AS views FROM warehouse.product_interest GROUP BY 1) AS interest FULL JOIN (
    SELECT sku, count(*) AS counted FROM warehouse.web_events WHERE event_type = 'product.viewed' GROUP BY 1
  ) AS facts USING (sku) WHERE coalesce(views, 0) IS DISTINCT FROM coalesce(counted, 0)
  LIMIT 10`;

describe(`a backlog of ${EVENTS} web events, and ${LONGEST_SESSION} of one session, one a thousand times, clocks years off, and unreadable ones`, () => {
  let system: SmallSystem;
  let analytics: MeasuredProcess | undefined;
  beforeAll(
    async () => {
      system = await SmallSystem.start();
      tell(`putting ${EVENTS + odd.records} records on the topic`);
      const kafka = { clientId: 'faults-test', brokers: [system.platform.kafkaBrokers] };
      await preloadWebEvents(kafka, EVENTS / 2);
      await publishAll(kafka, odd.all());
      await preloadWebEvents(kafka, EVENTS / 2);
    },
    deadlineFor(EVENTS, 1),
  );
  afterAll(async () => {
    await analytics?.stop();
    await system?.stop();
  }, 120_000);

  const number = async (text: string): Promise<number> =>
    Number((await system.rows<{ n: string }>('analytics', text))[0]?.n);

  it(
    'analytics takes no more memory at the end of it than early on, and the numbers are right',
    async () => {
      analytics = await start(system);
      const series = new MemorySeries();
      const position = `SELECT coalesce(sum(next_offset), 0) AS n FROM analytics.consumer_positions WHERE consumer_group = 'analytics' AND topic = '${webEvents.name}'`;
      await eventually(
        async () => {
          const handled = await number(position);
          series.add((analytics as MeasuredProcess).use().residentBytes / 1e6, handled);
          expect(handled).toBe(EVENTS + odd.records);
        },
        { deadlineMs: deadlineFor(EVENTS, 0.3), intervalMs: LOOK_MS },
      );
      tell(`analytics: ${series.text()}`);
      expect(growth(series.working())).toBeLessThan(MOST_GROWTH);
      expect({
        rows: await number('SELECT count(*) AS n FROM warehouse.web_events'),
        longest: await number(`SELECT event_count AS n FROM warehouse.sessions WHERE session_id = 'longest'`),
        repeated: await number(
          `SELECT event_count AS n FROM warehouse.sessions WHERE session_id = 'repeated'`,
        ),
        corrected: await number('SELECT count(told_at) AS n FROM warehouse.web_events'),
        elsewhen: await number(
          `SELECT count(*) AS n FROM warehouse.web_events WHERE occurred_at NOT BETWEEN now() - interval '1 d' AND now()`,
        ),
        differences: await system.rows('analytics', DIFFERENCES),
      }).toEqual({
        rows: KEPT,
        longest: LONGEST_SESSION,
        repeated: 1,
        corrected: odd.clocksOff,
        elsewhen: 0,
        differences: [],
      });
      expect(await lettersOf(system)).toBe(odd.unreadable);
    },
    deadlineFor(EVENTS, 0.5),
  );

  it(
    'its export takes no more memory at the end than early on, and has every row',
    async () => {
      await analytics?.stop();
      const out = await mkdtemp(join(tmpdir(), 'orderstream-export-'));
      const series = new MemorySeries();
      try {
        const exporting = new Orderstream(['export', 'web_events', '--out', out, '--json'], system.env);
        const look = setInterval(() => {
          const pid = exporting.process.exitCode === null ? exporting.process.pid : undefined;
          const told = /(\d+) rows\s*$/.exec(exporting.stderr)?.[1] ?? 0;
          if (pid !== undefined) series.add(processUse(pid).residentBytes / 1e6, Number(told));
        }, LOOK_MS);
        const { code, stdout } = await exporting.ended.finally(() => clearInterval(look));
        expect({ code, files: JSON.parse(stdout) as object[] }).toEqual({
          code: 0,
          files: [expect.objectContaining({ table: 'web_events', rows: KEPT })],
        });
        tell(`export: ${series.text()}`);
        // A small one is over before it tells how far it is.
        expect(growth(series.working())).not.toBeGreaterThan(MOST_GROWTH);
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    },
    deadlineFor(EVENTS, 0.2),
  );
});

/** Analytics as it is deployed, flags included. */
async function start({ platform }: SmallSystem): Promise<MeasuredProcess> {
  const definition = SERVICES.find(({ name }) => name === 'analytics') as ServiceDefinition;
  const service = { ...definition, port: await freePort() };
  return new MeasuredProcess(builtFile(service, 'main.js'), {
    env: serviceEnvironment(service, platform),
    flags: SERVICE_NODE_FLAGS,
  });
}

/** How many records the group has given up. */
async function lettersOf({ platform }: SmallSystem): Promise<number> {
  const admin = createKafka({ clientId: 'faults-test', brokers: [platform.kafkaBrokers] }).admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(deadLetterTopic(webEvents.name, 'analytics'));
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}
