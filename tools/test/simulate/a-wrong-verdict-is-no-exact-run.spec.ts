import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { planTraffic } from '../../src/simulate/plan-traffic.ts';
import { runSimulation } from '../../src/simulate/run-simulation.ts';
import { isExact, summaryOf, type Summary } from '../../src/simulate/summary.ts';

const traffic = { seed: 7, run: 'judged', visits: 20, startsAtMs: 0, spanMs: 1_000, bad: 1, fraudsters: 0 };
const planned = [...planTraffic(traffic)].flatMap(({ steps }) => steps);
const bad = planned.flatMap((step) => (step.do === 'bad-event' ? [step.item] : []));

type Event = Readonly<Record<string, unknown>>;

/** Whether it is one of those that were planned to be refused. Time and session are the visit's. */
function isPlannedBad({ event_type, properties }: Event): boolean {
  const of = (event: Event): string => JSON.stringify([event['event_type'], event['properties']]);
  return bad.some((item) => of(item) === of({ event_type, properties }));
}

/** A shop that refuses the web events that `refuses` names, and takes nothing else: a visit without an order sends nothing more. */
async function simulate(refuses: (event: Event) => boolean): Promise<Summary> {
  const server = createServer((request, response) => {
    void (async () => {
      if (request.url !== '/v1/web-events') return response.writeHead(400).end();
      const { events } = (await json(request)) as { events: Event[] };
      const rejected = events.flatMap((event, index) => (refuses(event) ? [{ index }] : []));
      return response.writeHead(202).end(JSON.stringify({ rejected }));
    })().catch(() => response.writeHead(400).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const simulation = {
    ...traffic,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    speed: 1_000,
    settleMs: 0,
    signal: new AbortController().signal,
    progress: (): void => undefined,
  };
  const result = await runSimulation(simulation);
  server.close();
  server.closeAllConnections();
  return summaryOf(simulation, result);
}

const aboutEvents = ({ troubles }: Summary): [string, number][] =>
  Object.entries(troubles.unexpected_answers).filter(([what]) =>
    / instead of (accepted|refused)$/.test(what),
  );
const sum = (counts: readonly [string, number][]): number =>
  counts.reduce((total, [, count]) => total + count, 0);

describe('web events, of which some have to be refused', () => {
  it('exactly those are refused: no surprise, and each is counted', async () => {
    const summary = await simulate(isPlannedBad);
    expect(aboutEvents(summary)).toEqual([]);
    expect(summary.refused.web_events).toBe(bad.length);
  });

  it('all are taken: each of the bad ones is a surprise, and the run is not exact', async () => {
    const summary = await simulate(() => false);
    expect(bad.length).toBeGreaterThan(5);
    expect(sum(aboutEvents(summary))).toBe(bad.length);
    expect(summary.refused.web_events).toBe(0);
    expect(isExact(summary)).toBe(false);
  });

  it('good ones are refused: each is a surprise, and counted as refused wrongly only', async () => {
    const summary = await simulate(() => true);
    const surprises = aboutEvents(summary);
    expect(surprises.map(([what]) => what)).toContain(
      'POST /v1/web-events: page.viewed refused instead of accepted',
    );
    expect(sum(surprises)).toBeGreaterThan(20);
    expect(summary.refused.web_events).toBe(bad.length);
  });
});
