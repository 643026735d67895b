import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Accepted {
  readonly orderId: string;
  /** When the request was due, Unix ms with fractions: waiting for a slow server counts. */
  readonly dueMs: number;
}

/**
 * Sends `perSecond` requests a second for `seconds`, each at its own time whether or not the earlier ones are answered.
 * @throws Error when an answer is not 2xx
 */
export async function openLoop(
  url: string,
  body: () => string,
  perSecond: number,
  seconds: number,
): Promise<Accepted[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const answers: Promise<Accepted>[] = [];
  const startMs = Date.now();
  const total = perSecond * seconds;
  while (answers.length < total) {
    const due = Math.min(total, Math.floor(((Date.now() - startMs) / 1000) * perSecond) + 1);
    while (answers.length < due) {
      const dueMs = startMs + (answers.length / perSecond) * 1000;
      answers.push(post(agent, url, body()).then((orderId) => ({ orderId, dueMs })));
    }
    await sleep(1);
  }
  try {
    return await Promise.all(answers);
  } finally {
    agent.destroy();
  }
}

function post(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 202 && response.statusCode !== 201)
          reject(new Error(`${response.statusCode}: ${text}`));
        else resolve((JSON.parse(text) as { order_id: string }).order_id);
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
