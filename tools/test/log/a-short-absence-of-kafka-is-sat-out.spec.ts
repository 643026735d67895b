import { jest } from '@jest/globals';
import { OperationRefused } from '../../src/log/operation-refused.ts';
import { patiently, PATIENCE_MS } from '../../src/log/trouble.ts';

/** A question that is answered from the given try on. */
function answeredAt(tries: number) {
  return jest.fn(async () => {
    tries -= 1;
    if (tries > 0) throw new Error('connection refused');
    return 'answer';
  });
}

describe('a question to a Kafka that is away for a moment', () => {
  it('is asked again until it is answered', async () => {
    const question = answeredAt(3);
    expect(await patiently(question, 'kafka:9092')).toBe('answer');
    expect(question).toHaveBeenCalledTimes(3);
  });

  it('is given up when the patience is over, or somebody stops it, with a sentence that names the brokers', async () => {
    const now = jest
      .spyOn(Date, 'now')
      .mockReturnValueOnce(0)
      .mockReturnValue(PATIENCE_MS + 1);
    try {
      await expect(patiently(answeredAt(9), 'kafka:9092')).rejects.toThrow(
        /kafka:9092 did not answer: connection refused/,
      );
    } finally {
      now.mockRestore();
    }
    const stopped = answeredAt(9);
    await expect(patiently(stopped, 'kafka:9092', AbortSignal.abort())).rejects.toThrow(OperationRefused);
    expect(stopped).toHaveBeenCalledTimes(1);
  });

  it('a refusal is an answer', async () => {
    const refusal = new OperationRefused('there is no such topic');
    const question = jest.fn(() => Promise.reject(refusal));
    await expect(patiently(question, 'kafka:9092')).rejects.toBe(refusal);
    expect(question).toHaveBeenCalledTimes(1);
  });
});
