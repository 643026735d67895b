import { EventEmitter } from 'node:events';
import {
  newEvent,
  NotAcceptedError,
  OutcomeUnknownError,
  paymentProcessed,
  uuidv7,
  type EventProducer,
  type OutgoingRecord,
  type PayloadOf,
} from '@orderstream/events';
import { Problem } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from '../../src/answer.ts';
import { Acceptance, type Acceptable } from '../../src/acceptance/acceptance.ts';
import type { Idempotency, Request } from '../../src/idempotency/idempotency.ts';
import { notAccepted } from '../../src/publishing/outcome.ts';

const payment: PayloadOf<typeof paymentProcessed> = {
  payment_id: 'p-1',
  order_id: uuidv7(),
  currency: 'EUR',
  amount: 900,
  method: 'card',
};
const request = { headers: {} } as FastifyRequest;

/** What the caller gets, and what is sent, when Kafka does `send` and the request is, or is not, a repeat. */
async function accept(
  send: (record: OutgoingRecord) => Promise<unknown>,
  more: Partial<Acceptable<typeof paymentProcessed>> = {},
  repeated?: unknown,
  connection = new EventEmitter(),
): Promise<{ status: number; body: string }> {
  const idempotency = {
    answer: async (_: FastifyRequest, { plan, carryOut, afterwards, gone }: Request<unknown>) => {
      const isRepeat = repeated !== undefined;
      const accepted = await carryOut(isRepeat ? repeated : plan(), isRepeat, gone);
      return (await afterwards?.(accepted, gone())) ?? accepted;
    },
  } as Idempotency;
  let status = 0;
  const reply = {
    code: (code: number) => ((status = code), reply),
    headers: () => reply,
    header: () => reply,
    raw: Object.assign(connection, { closed: false }).once('close', () => void (reply.raw.closed = true)),
  };
  const acceptance = new Acceptance(idempotency, { send } as unknown as EventProducer);
  const wanted = {
    contract: paymentProcessed,
    body: payment,
    payload: () => payment,
    id: 'payment_id',
    ...more,
  } as const;
  return { body: await acceptance.accept(request, reply as unknown as FastifyReply, wanted), status };
}

const problemOf = async (attempt: Promise<unknown>): Promise<Record<string, unknown>> => {
  const error: unknown = await attempt.catch((reason: unknown) => reason);
  if (!(error instanceof Problem)) throw new Error('no problem', { cause: error });
  return error.toBody();
};

describe('a POST that becomes one event', () => {
  it('Kafka has it: 202 with the ids of the event that was sent', async () => {
    const sent: OutgoingRecord[] = [];
    const { status, body } = await accept((record) => Promise.resolve(sent.push(record)));
    expect(status).toBe(202);
    expect(sent).toHaveLength(1);
    expect(JSON.parse(body)).toEqual({ payment_id: 'p-1', event_id: sent[0]?.headers['event-id'] });
    expect(sent[0]?.key).toBe(payment.order_id);
  });

  it('Kafka does not confirm it: outcome-unknown, with the ids it may take effect under', async () => {
    let eventId: unknown;
    const attempt = accept(({ headers }) => {
      eventId = headers['event-id'];
      return Promise.reject(new OutcomeUnknownError('no answer'));
    });
    expect(await problemOf(attempt)).toMatchObject({
      status: 503,
      outcome: 'outcome-unknown',
      payment_id: 'p-1',
      event_id: eventId,
    });
  });

  it('Kafka never had it: not-accepted; of a repeat that cannot be said', async () => {
    const away = () => Promise.reject(new NotAcceptedError('away'));
    expect(await problemOf(accept(away))).toMatchObject({ status: 503, outcome: 'not-accepted' });
    const event = newEvent(paymentProcessed, payment, { source: 'order-api' });
    const plan = { event, traceparent: '00-0123' };
    expect(await problemOf(accept(away, {}, plan))).toMatchObject({
      outcome: 'outcome-unknown',
      event_id: event.event_id,
    });
  });

  it('the client leaves while its event is on its way: it is not waited for afterwards', async () => {
    const connection = new EventEmitter();
    const send = () => Promise.resolve(connection.emit('close'));
    const found: boolean[] = [];
    const afterwards: Acceptable<typeof paymentProcessed>['afterwards'] = (accepted, gone) => (
      found.push(gone.aborted),
      Promise.resolve(accepted)
    );
    expect((await accept(send, { afterwards }, undefined, connection)).status).toBe(202);
    expect(found).toEqual([true]);
  });

  it('nothing to wait for but Kafka: nobody listens for the client to leave', async () => {
    const connection = new EventEmitter();
    const listeners = connection.listenerCount.bind(connection, 'close');
    const wish = { afterwards: (accepted: Answer) => Promise.resolve(accepted) };
    const looks = async (more: object): Promise<number> => {
      const before = listeners();
      await accept(() => Promise.resolve(), more, undefined, connection);
      // One is this test's own.
      return listeners() - before - 1;
    };
    expect([await looks({}), await looks(wish)]).toEqual([0, 1]);
  });

  describe('with a check', () => {
    const sent: OutgoingRecord[] = [];
    const send = (record: OutgoingRecord) => Promise.resolve(sent.push(record));
    const event = newEvent(paymentProcessed, payment, { source: 'order-api' });
    const plan = { event, traceparent: '00-0123' };
    beforeEach(() => void (sent.length = 0));

    it('refused: nothing is sent, by a repeat neither', async () => {
      const check = () => Promise.reject(new Problem({ status: 409 }));
      expect(await problemOf(accept(send, { check }))).toMatchObject({ status: 409 });
      expect(await problemOf(accept(send, { check }, plan))).toMatchObject({ status: 409 });
      expect(sent).toEqual([]);
    });

    it('a repeat that is allowed, by its event: the same event is sent', async () => {
      const asked: string[] = [];
      const check = ({ event_id }: typeof event) => (
        asked.push(event_id),
        Promise.resolve('allowed' as const)
      );
      expect((await accept(send, { check }, plan)).status).toBe(202);
      expect(asked).toEqual([event.event_id]);
      expect(sent.map(({ headers }) => headers['event-id'])).toEqual([event.event_id]);
    });

    it('a repeat whose event is in the log: 202 as before, and it is not sent again', async () => {
      const { status, body } = await accept(send, { check: () => Promise.resolve('in-log') }, plan);
      expect([status, JSON.parse(body)]).toEqual([202, { payment_id: 'p-1', event_id: event.event_id }]);
      expect(sent).toEqual([]);
    });

    it('it cannot be known: not-accepted; of a repeat, which may have had its effect, outcome-unknown', async () => {
      const check = () => Promise.reject(notAccepted(new Error('away')));
      expect(await problemOf(accept(send, { check }))).toMatchObject({ outcome: 'not-accepted' });
      expect(await problemOf(accept(send, { check }, plan))).toMatchObject({
        outcome: 'outcome-unknown',
        event_id: event.event_id,
      });
      expect(sent).toEqual([]);
    });
  });
});
