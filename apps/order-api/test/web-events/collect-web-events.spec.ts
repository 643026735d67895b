import {
  NotAcceptedError,
  OutcomeUnknownError,
  QueueFullError,
  uuidv7,
  type EventProducer,
} from '@orderstream/events';
import { Problem } from '@orderstream/service';
import { CollectWebEvents, WEB_EVENT_QUEUE_BYTES } from '../../src/web-events/collect-web-events.ts';

const view = {
  event_type: 'product.viewed',
  session_id: 's-1',
  properties: { sku: 'cup', unit_amount: 1250, currency: 'EUR' },
};

/** What the sender of two events is told: 429 and `not-accepted` say that there was no effect. */
async function told(
  { queuedBytes = 0, failures = [] }: { queuedBytes?: number; failures?: readonly (Error | undefined)[] },
  isRepeat: boolean,
): Promise<string> {
  const outcomes = failures.map((reason) =>
    reason === undefined ? { status: 'fulfilled' } : { status: 'rejected', reason },
  );
  const producer = { health: () => ({ queuedBytes }), sendAll: () => Promise.resolve(outcomes) };
  const collect = new CollectWebEvents(producer as unknown as EventProducer);
  const plan = await collect.plan([view, view], new Map(), `00-${uuidv7()}`);
  const outcome: unknown = await collect.carryOut(plan, isRepeat).catch((problem: unknown) => problem);
  if (!(outcome instanceof Problem)) return 'accepted';
  return `${outcome.getStatus()} ${outcome.code}`;
}

it('a batch that takes long to judge: others have their turn meanwhile, and every item its place', async () => {
  const mistakes = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, 1]));
  const items = Array.from({ length: 500 }, (_, index) =>
    index % 2 === 0 ? view : { ...view, ...mistakes },
  );
  const collect = new CollectWebEvents({} as EventProducer);
  let turns = 0;
  const count = (): void => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const { events, rejected } = await collect.plan(items, new Map(), '00-1');
  clearImmediate(timer);
  expect(turns).toBeGreaterThan(1);
  expect(events).toHaveLength(250);
  expect(rejected.map(({ index }) => index)).toEqual(Array.from({ length: 250 }, (_, at) => 2 * at + 1));
  expect(rejected.at(-1)?.errors[0]?.pointer).toBe('#/events/499/m0');
});

const full = { queuedBytes: WEB_EVENT_QUEUE_BYTES };
const unsent = { failures: [new QueueFullError('full'), new QueueFullError('full')] };
const away = { failures: [new NotAcceptedError('away'), new NotAcceptedError('away')] };
const partly = { failures: [undefined, new NotAcceptedError('away')] };
const unanswered = { failures: [new OutcomeUnknownError('late'), new NotAcceptedError('away')] };

describe('what a batch that was not taken is told', () => {
  it.each([
    ['too much waits', full, '429 too-many-web-events'],
    ['the queue is full', unsent, '429 too-many-web-events'],
    ['Kafka is away', away, '503 not-accepted'],
    ['a part was not sent', partly, '503 outcome-unknown'],
    ['a part was not confirmed', unanswered, '503 outcome-unknown'],
    ['nothing', {}, 'accepted'],
  ])('%s', async (_, state, expected) => {
    expect(await told(state, false)).toBe(expected);
  });

  it.each([
    ['too much waits', full],
    ['the queue is full', unsent],
    ['Kafka is away', away],
  ])(
    'a repeat, %s: what an earlier attempt has sent stands, so nobody says that there was no effect',
    async (_, state) => {
      expect(await told(state, true)).toBe('503 outcome-unknown');
    },
  );
});
