import { Database, migrate } from '@orderstream/transactional';
import { uuidv7 } from '@orderstream/events';
import { eventually, testDatabase, type TestDatabase } from '@orderstream/testing';
import { Problem } from '@orderstream/service';
import { migrations } from '#migrations';
import type { Answer } from '../../src/answer.ts';
import { fingerprintOf } from '../../src/idempotency/fingerprint.rules.ts';
import { IdempotentRequests, type Work } from '../../src/idempotency/idempotent-requests.ts';
import { KeyPurge } from '../../src/idempotency/key-purge.ts';
import { KeyStore, type KeyedRequest, type KeyRow } from '../../src/idempotency/key-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Plan {
  readonly id: number;
}

describe('IdempotentRequests', () => {
  let server: TestDatabase;
  let database: Database;
  let requests: IdempotentRequests;
  let plans = 0;

  beforeAll(async () => {
    server = await testDatabase();
    await migrate({ url: server.url, schema: 'order_api', migrations });
    database = new Database({ service: 'test', schema: 'order_api', url: server.url });
    requests = new IdempotentRequests(new KeyStore(database));
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  const work = (key: string, carryOut: (plan: Plan, isRepeat: boolean) => Promise<Answer>): Work<Plan> => ({
    scope: 'POST /test',
    key,
    body: { key },
    gone: () => new AbortController().signal,
    timeLimitMs: 1_000,
    plan: () => ({ id: (plans += 1) }),
    carryOut,
  });
  const answer = ({ id }: Plan): Promise<Answer> =>
    Promise.resolve({ status: 202, headers: {}, body: String(id) });
  const unknown = (): Promise<Answer> =>
    Promise.reject(new Problem({ status: 503, kind: 'outcome-unknown' }));

  it('the outcome is unknown: everybody who waits is told, and the repeat carries out the very same plan', async () => {
    const tried: number[] = [];
    const fails = work('unknown', (plan) => (tried.push(plan.id), unknown()));
    const outcomes = await Promise.allSettled([requests.once(fails), requests.once(fails)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const repeated = await requests.once(work('unknown', (plan) => (tried.push(plan.id), answer(plan))));
    expect(tried).toHaveLength(2);
    expect(tried[1]).toBe(tried[0]);
    expect(repeated.body).toBe(String(tried[0]));
    expect(repeated.headers).toEqual({});
    const replayed = await requests.once(work('unknown', unknown));
    expect(replayed).toEqual({ ...repeated, headers: { 'idempotency-replayed': 'true' } });
  });

  it('a failure: the next attempt is a repeat when an earlier one may have had its effect, and only then', async () => {
    const repeats: boolean[] = [];
    const failing = (kind: string) =>
      requests.once(
        work('certainty', (_plan, isRepeat) => {
          repeats.push(isRepeat);
          return Promise.reject(new Problem({ status: 503, kind }));
        }),
      );
    for (const kind of [
      'not-accepted',
      'not-accepted',
      'outcome-unknown',
      'outcome-unknown',
      'outcome-unknown',
    ]) {
      await expect(failing(kind)).rejects.toMatchObject({ code: kind });
    }
    expect(repeats).toEqual([false, false, false, true, true]);
  });

  it('a refusal: the key is forgotten, and who waits for it on another instance asks for itself', async () => {
    const elsewhere = new IdempotentRequests(new KeyStore(database));
    const refusal = new Problem({ status: 409, kind: 'not-cancellable' });
    let second: Promise<Answer> | undefined;
    const first = requests.once(
      work('refused', () => {
        second = elsewhere.once(work('refused', answer));
        return Promise.reject(refusal);
      }),
    );
    await expect(first).rejects.toBe(refusal);
    expect(await second).toMatchObject({ status: 202, headers: {} });
    const other = { ...work('refused-twice', () => Promise.reject(refusal)), body: 'another body' };
    await expect(requests.once(work('refused-twice', () => Promise.reject(refusal)))).rejects.toBe(refusal);
    await expect(requests.once(other)).rejects.toBe(refusal);
  });

  it('a refusal of what may have been done before: the plan is kept', async () => {
    await expect(requests.once(work('late refusal', unknown))).rejects.toMatchObject({
      code: 'outcome-unknown',
    });
    const [kept] = await server.query<{ plan: Plan }>(
      `SELECT plan FROM order_api.idempotency_keys WHERE key = 'late refusal'`,
    );
    const refused = work('late refusal', () => Promise.reject(new Problem({ status: 409 })));
    await expect(requests.once(refused)).rejects.toMatchObject({ code: 'http-409' });
    expect((await requests.once(work('late refusal', answer))).body).toBe(String(kept?.plan.id));
  });

  it('answered: what was asked for is not kept any longer', async () => {
    await requests.once(work('answered', answer));
    expect(
      await server.query(`SELECT status, plan FROM order_api.idempotency_keys WHERE key = 'answered'`),
    ).toEqual([{ status: 202, plan: {} }]);
  });

  describe('everybody leaves while a better answer is looked for', () => {
    const gone = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve());
      });
    /** A client that waits until it leaves, and one that gets a better answer. */
    const clients = (key: string) => {
      const [left, begun] = [new AbortController(), Promise.withResolvers<void>()];
      const carriedOut: number[] = [];
      const first = work(key, (plan) => (carriedOut.push(plan.id), answer(plan)));
      const afterwards: Work<Plan>['afterwards'] = (accepted) =>
        Promise.resolve({ ...accepted, status: 201 });
      return {
        left,
        begun: begun.promise,
        carriedOut,
        leaving: {
          ...first,
          gone: () => left.signal,
          afterwards: async (accepted: Answer, signal: AbortSignal) => {
            begun.resolve();
            await gone(signal);
            return accepted;
          },
        },
        staying: { ...first, afterwards },
      };
    };

    it('who waits on another instance goes on with it, and it is not carried out again', async () => {
      const { left, begun, carriedOut, leaving, staying } = clients('left here');
      const first = requests.once(leaving);
      await begun;
      const other = new IdempotentRequests(new KeyStore(database)).once(staying);
      left.abort();
      expect((await first).status).toBe(202);
      expect(await other).toEqual({ status: 201, headers: {}, body: String(carriedOut[0]) });
      expect(carriedOut).toHaveLength(1);
      expect(await requests.once(staying)).toMatchObject({
        status: 201,
        headers: { 'idempotency-replayed': 'true' },
      });
    });

    it('who comes later goes on with it; who does not look for a better answer gets the first one', async () => {
      for (const [key, status] of [
        ['later', 201],
        ['later, no wish', 202],
      ] as const) {
        const { left, begun, carriedOut, leaving, staying } = clients(key);
        const first = requests.once(leaving);
        await begun;
        left.abort();
        // Comes while the one that everybody has left is still being put away.
        const { afterwards, ...plain } = staying;
        const later = requests.once(status === 201 ? { ...plain, afterwards } : plain);
        await first;
        expect(await later).toEqual({ status, headers: {}, body: String(carriedOut[0]) });
        expect(carriedOut).toHaveLength(1);
        expect((await requests.once(staying)).status).toBe(status);
      }
    });

    it('nobody comes again: nothing of what was asked for is kept', async () => {
      const { left, leaving } = clients('for good');
      left.abort();
      await requests.once(leaving);
      expect(
        await server.query(`SELECT status, plan FROM order_api.idempotency_keys WHERE key = 'for good'`),
      ).toEqual([{ status: 202, plan: {} }]);
    });
  });

  describe('everybody leaves while another instance is at it', () => {
    /** What another instance has begun, and does not come back from before its lease is over. */
    const begunElsewhere = async (key: string): Promise<void> => {
      await new KeyStore(database).claim(
        { scope: 'POST /test', key, fingerprint: fingerprintOf({ key }) },
        { id: 0 },
        uuidv7(),
        600_000,
      );
    };
    const rowOf = (key: string) =>
      server.query('SELECT owner, lease_until, status FROM order_api.idempotency_keys WHERE key = $1', [key]);
    /** Its answer, or what it was refused with. */
    const endOf = (attempt: Promise<Answer>): Promise<unknown> => attempt.catch((error: unknown) => error);
    /** Counts the looks at the table. */
    class WatchedStore extends KeyStore {
      reads = 0;
      override read(request: KeyedRequest): Promise<KeyRow | undefined> {
        this.reads += 1;
        return super.read(request);
      }
    }

    it('each wait ends with its clients, and nothing is taken over', async () => {
      const store = new WatchedStore(database);
      const here = new IdempotentRequests(store);
      await begunElsewhere('given up');
      const before = await rowOf('given up');
      let done = 0;
      const ends: Promise<unknown>[] = [];
      for (let repeat = 0; repeat < 5; repeat += 1) {
        const [client, reads] = [new AbortController(), store.reads];
        const repeated = work('given up', (plan) => ((done += 1), answer(plan)));
        ends.push(endOf(here.once({ ...repeated, gone: () => client.signal })));
        await eventually(() => store.reads > reads);
        client.abort();
      }
      for (const end of await Promise.all(ends)) expect(end).toMatchObject({ code: 'not-accepted' });
      expect(await rowOf('given up')).toEqual(before);
      expect(done).toBe(0);
    }, 20_000);

    it('one of them stays: it goes on waiting, and so does who comes after all have left', async () => {
      const store = new WatchedStore(database);
      const here = new IdempotentRequests(store);
      await begunElsewhere('not given up');
      const waiting = (client: AbortController): Promise<unknown> =>
        endOf(here.once({ ...work('not given up', answer), gone: () => client.signal }));
      const [leaving, staying] = [new AbortController(), new AbortController()];
      const together = [waiting(leaving), waiting(staying)];
      leaving.abort();
      const reads = store.reads;
      await eventually(() => store.reads > reads + 3);
      staying.abort();
      const last = waiting(new AbortController());
      for (const end of together) expect(await end).toMatchObject({ code: 'not-accepted' });
      await server.query(
        `UPDATE order_api.idempotency_keys SET lease_until = now() WHERE key = 'not given up'`,
      );
      expect(await last).toMatchObject({ body: '0' });
    }, 20_000);
  });

  it('the owner died in the middle: the next attempt is a repeat', async () => {
    await requests.once(work('died', answer));
    await server.query(
      `UPDATE order_api.idempotency_keys SET status = NULL, plan = '{"id": 0}', lease_until = now() WHERE key = 'died'`,
    );
    const repeats: boolean[] = [];
    await requests.once(work('died', (plan, isRepeat) => (repeats.push(isRepeat), answer(plan))));
    expect(repeats).toEqual([true]);
  });

  it('the answer could not be written down: the request is answered all the same', async () => {
    const answered = await requests.once(
      work('unwritten', async (plan) => {
        await server.query(`DELETE FROM order_api.idempotency_keys WHERE key = 'unwritten'`);
        return answer(plan);
      }),
    );
    expect(answered.status).toBe(202);
  });

  it('PostgreSQL does not answer: 503 not-accepted, and nothing is done; afterwards the key is as good as new', async () => {
    let done = 0;
    const holder = await database.openSession();
    await holder.connection.query('BEGIN');
    await holder.connection.query('LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE');
    const attempt = requests.once(work('locked', (plan) => ((done += 1), answer(plan))));
    await expect(attempt).rejects.toMatchObject({ code: 'not-accepted' });
    await holder.connection.query('ROLLBACK');
    await holder.end();
    expect(done).toBe(0);
    // What was written down too late was not begun: neither is it waited for, nor may it have had its effect.
    const repeats: boolean[] = [];
    await requests.once(work('locked', (plan, isRepeat) => (repeats.push(isRepeat), answer(plan))));
    expect(repeats).toEqual([false]);
  }, 20_000);

  it('PostgreSQL does not answer to who takes over: whoever comes next can at once, and is told what it was before', async () => {
    const repeats: boolean[] = [];
    const carryOut = (plan: Plan, isRepeat: boolean) => (repeats.push(isRepeat), answer(plan));
    const notAccepted = () => Promise.reject(new Problem({ status: 503, kind: 'not-accepted' }));
    await expect(requests.once(work('taken late', notAccepted))).rejects.toThrow();
    const holder = await database.openSession();
    await holder.connection.query('BEGIN');
    await holder.connection.query(
      `SELECT 1 FROM order_api.idempotency_keys WHERE key = 'taken late' FOR UPDATE`,
    );
    await expect(requests.once(work('taken late', carryOut))).rejects.toMatchObject({ code: 'not-accepted' });
    await holder.connection.query('ROLLBACK');
    await holder.end();
    await requests.once(work('taken late', carryOut));
    expect(repeats).toEqual([false]);
  }, 20_000);

  it('keys beyond their retention: forgotten; younger ones are kept', async () => {
    const purge = new KeyPurge(new KeyStore(database), DAY_MS);
    for (const key of ['old', 'young']) await requests.once(work(key, answer));
    await server.query(
      `INSERT INTO order_api.idempotency_keys (scope, key, fingerprint, plan, owner, lease_until, created_at)
       SELECT 'POST /test', 'old-' || n, '', '{}', gen_random_uuid(), now(), now() - interval '25 hours'
         FROM generate_series(1, 1200) AS n`,
    );
    await server.query(
      `UPDATE order_api.idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'old'`,
    );
    await purge.purge();
    const left = await server.query<{ key: string }>(
      `SELECT key FROM order_api.idempotency_keys WHERE key LIKE 'old%' OR key = 'young'`,
    );
    expect(left).toEqual([{ key: 'young' }]);
    expect((await requests.once(work('old', answer))).headers).toEqual({});
    expect((await requests.once(work('young', answer))).headers).toEqual({ 'idempotency-replayed': 'true' });
  });
});
