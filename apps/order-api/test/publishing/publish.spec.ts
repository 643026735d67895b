import {
  NotAcceptedError,
  OutcomeUnknownError,
  QueueFullError,
  RecordRefusedError,
  type EventProducer,
  type OutgoingRecord,
} from '@orderstream/events';
import { Problem } from '@orderstream/service';
import { publish } from '../../src/publishing/publish.ts';

const record: OutgoingRecord = { topic: 'orders', key: 'k', value: '{}', headers: {} };
const ids = { order_id: 'o-1', event_id: 'e-1' };

/** What the caller is told when the producer fails like this. */
async function told(error: Error, isRepeat = false): Promise<Problem> {
  const producer = { send: () => Promise.reject(error) } as unknown as EventProducer;
  const outcome: unknown = await publish(producer, { record, ids, isRepeat }).catch(
    (problem: unknown) => problem,
  );
  expect(outcome).toBeInstanceOf(Problem);
  return outcome as Problem;
}

describe('publish', () => {
  it.each([new NotAcceptedError('away'), new QueueFullError('full'), new RecordRefusedError('too large')])(
    '$name: 503 not-accepted, without ids that mean nothing',
    async (error) => {
      const problem = await told(error);
      expect(problem.toBody()).toMatchObject({
        type: 'urn:orderstream:problem:not-accepted',
        status: 503,
        outcome: 'not-accepted',
      });
      expect(problem.toBody()).not.toHaveProperty('order_id');
      expect(Number(problem.headers['retry-after'])).toBeGreaterThan(0);
      expect(JSON.stringify(problem.toBody())).not.toContain(error.message);
    },
  );

  it('OutcomeUnknownError: 503 outcome-unknown, with the ids to ask for', async () => {
    const problem = await told(new OutcomeUnknownError('no answer'));
    expect(problem.toBody()).toMatchObject({
      type: 'urn:orderstream:problem:outcome-unknown',
      status: 503,
      outcome: 'outcome-unknown',
      ...ids,
    });
    expect(Number(problem.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('NotAcceptedError, but the record may have been sent before: 503 outcome-unknown', async () => {
    const problem = await told(new NotAcceptedError('away'), true);
    expect(problem.toBody()).toMatchObject({ outcome: 'outcome-unknown', ...ids });
  });

  it('anything else: not disguised as an outcome', async () => {
    const bug = new TypeError('a bug');
    const producer = { send: () => Promise.reject(bug) } as unknown as EventProducer;
    await expect(publish(producer, { record, ids, isRepeat: false })).rejects.toBe(bug);
  });
});
