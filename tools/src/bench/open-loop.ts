import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Accepted {
  readonly orderId: string;
  /** When the request was due, Unix ms with fractions: waiting for a slow server counts. */
  readonly dueMs: number;
}

/** What became of all requests of a loop. */
export interface Answered {
  readonly sent: number;
  readonly accepted: readonly Accepted[];
  /** Why others were not accepted: the first reason. Undefined when all were. */
  readonly firstFailure: Error | undefined;
}

/** A server that hangs is one that does not answer. */
const TIMEOUT_MS = 30_000;

/** Sends `perSecond` requests a second for `seconds`, each at its own time whether or not the earlier ones are answered. */
export async function openLoop(
  url: string,
  body: () => string,
  perSecond: number,
  seconds: number,
): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const answers: Promise<Accepted>[] = [];
  const startMs = Date.now();
  const total = perSecond * seconds;
  while (answers.length < total) {
    const due = Math.min(total, Math.floor(((Date.now() - startMs) / 1000) * perSecond) + 1);
    while (answers.length < due) {
      const dueMs = startMs + (answers.length / perSecond) * 1000;
      const answer = post(agent, url, body()).then((text) => ({ orderId: orderIdOf(text), dueMs }));
      // A failure is looked at when all have been sent.
      answer.catch(() => undefined);
      answers.push(answer);
    }
    await sleep(1);
  }
  const outcomes = await Promise.allSettled(answers);
  agent.destroy();
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  return {
    sent: total,
    accepted: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    firstFailure: failure?.reason as Error | undefined,
  };
}

function orderIdOf(answer: string): string {
  return (JSON.parse(answer) as { order_id: string }).order_id;
}

/** @returns the answer's body @throws Error when it is not 201 or 202, or none comes */
function post(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 202 && response.statusCode !== 201)
          reject(new Error(`${response.statusCode}: ${text}`));
        else resolve(text);
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end(body);
  });
}
