import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@orderstream/transactional';
import type { Answer } from '../answer.ts';

/** A request as the table knows it. */
export interface KeyedRequest {
  /** Caller and endpoint. */
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: Buffer;
}

/** What stands under a key that was used before. */
export interface KeyRow {
  readonly hasSameBody: boolean;
  /** The first answer; undefined while nobody was told one. */
  readonly answer: Answer | undefined;
  /** How long its owner has left, ms; 0 or less when it gave up or is gone. */
  readonly leaseMs: number;
}

/** What a repeat takes over from an attempt that came to nothing. */
export interface Inheritance<Plan> {
  readonly plan: Plan;
  /** True when that attempt, or one before it, may have had its effect. */
  readonly wasUncertain: boolean;
  /** What that attempt came to, when nobody stayed to be told; undefined when it came to nothing. */
  readonly accepted?: Answer | undefined;
}

const CLAIM = {
  name: 'claim-key',
  text: `INSERT INTO idempotency_keys (scope, key, fingerprint, plan, owner, lease_until)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6::float8 / 1000))
         ON CONFLICT DO NOTHING`,
};

const READ = {
  name: 'read-key',
  text: `SELECT fingerprint = $3 AS "hasSameBody", CASE WHEN NOT is_untold THEN status END AS status, headers, body,
                extract(epoch FROM lease_until - now())::float8 * 1000 AS "leaseMs"
           FROM idempotency_keys WHERE scope = $1 AND key = $2`,
};

const TAKE_OVER = {
  name: 'take-key-over',
  text: `UPDATE idempotency_keys AS k
            SET owner = $3, lease_until = now() + make_interval(secs => $4::float8 / 1000), is_uncertain = true
           FROM (SELECT is_uncertain FROM idempotency_keys
                  WHERE scope = $1 AND key = $2 AND (status IS NULL OR is_untold) AND lease_until <= now() FOR UPDATE) AS before
          WHERE k.scope = $1 AND k.key = $2
         RETURNING k.plan, before.is_uncertain AS "wasUncertain", k.status, k.headers, k.body`,
};

// What was asked for, names and addresses included, is of no use any more: a repeat gets the answer.
const ANSWERED = {
  name: 'answer-key',
  text: `UPDATE idempotency_keys
            SET status = $4, headers = $5, body = $6, plan = '{}', is_untold = $7,
                lease_until = CASE WHEN $7 THEN now() ELSE lease_until END
          WHERE scope = $1 AND key = $2 AND owner = $3 AND (status IS NULL OR is_untold)`,
};

const RELEASE = {
  name: 'release-key',
  text: `UPDATE idempotency_keys SET lease_until = now(), is_uncertain = $4
          WHERE scope = $1 AND key = $2 AND owner = $3 AND (status IS NULL OR is_untold)`,
};

const FORGET = {
  name: 'forget-key',
  text: 'DELETE FROM idempotency_keys WHERE scope = $1 AND key = $2 AND owner = $3 AND status IS NULL',
};

// ctid and a limit: a small step, whatever there is to do. Nobody waits for the rows, they are days old.
const PURGE = `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
                 SELECT ctid FROM idempotency_keys
                  WHERE created_at < now() - make_interval(secs => $1::float8 / 1000)
                  ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))`;

/** The table of used keys. Times are the database's own, so that instances need not agree on theirs. */
@Injectable()
export class KeyStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Writes the key down together with what is going to be done. False when it was used before. */
  async claim(request: KeyedRequest, plan: unknown, owner: string, leaseMs: number): Promise<boolean> {
    const { scope, key, fingerprint } = request;
    const params = [scope, key, fingerprint, JSON.stringify(plan), owner, leaseMs];
    return (await this.database.query(CLAIM, params)).rowCount === 1;
  }

  /** Undefined when the key is not there (any more). */
  async read({ scope, key, fingerprint }: KeyedRequest): Promise<KeyRow | undefined> {
    type Row = Pick<KeyRow, 'hasSameBody' | 'leaseMs'> & { status: number | null } & Omit<Answer, 'status'>;
    const { rows } = await this.database.query<Row>(READ, [scope, key, fingerprint]);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { hasSameBody, leaseMs, status, headers, body } = row;
    return { hasSameBody, leaseMs, answer: status === null ? undefined : { status, headers, body } };
  }

  /** Takes an unanswered key from an owner whose lease has run out. Returns what to carry out; undefined when others were faster. */
  async takeOver<Plan>(
    { scope, key }: KeyedRequest,
    owner: string,
    leaseMs: number,
  ): Promise<Inheritance<Plan> | undefined> {
    type Row = Inheritance<Plan> & { status: number | null } & Omit<Answer, 'status'>;
    const [row] = (await this.database.query<Row>(TAKE_OVER, [scope, key, owner, leaseMs])).rows;
    if (row === undefined) return undefined;
    const { plan, wasUncertain, status, headers, body } = row;
    return { plan, wasUncertain, accepted: status === null ? undefined : { status, headers, body } };
  }

  /** Keeps the answer for every repeat, in place of the plan. Nothing happens when the owner lost the key meanwhile: its successor does the same. */
  async answered(request: KeyedRequest, owner: string, answer: Answer): Promise<void> {
    await this.#keep(request, owner, answer, false);
  }

  /** Keeps what would have been answered, and gives the lease back: everybody has left, and who comes again may get a better answer. */
  async untold(request: KeyedRequest, owner: string, answer: Answer): Promise<void> {
    await this.#keep(request, owner, answer, true);
  }

  /** Gives the lease back before its time, so that a repeat may try at once. The plan stays. */
  async release({ scope, key }: KeyedRequest, owner: string, isUncertain: boolean): Promise<void> {
    await this.database.query(RELEASE, [scope, key, owner, isUncertain]);
  }

  /** As if the key had never been used: what was asked for under it is refused. */
  async forget({ scope, key }: KeyedRequest, owner: string): Promise<void> {
    await this.database.query(FORGET, [scope, key, owner]);
  }

  /** Forgets at most `limit` keys that are older than `retentionMs`. Returns how many. */
  async purge(retentionMs: number, limit: number): Promise<number> {
    return (await this.database.query(PURGE, [retentionMs, limit])).rowCount;
  }

  async #keep(
    { scope, key }: KeyedRequest,
    owner: string,
    { status, headers, body }: Answer,
    isUntold: boolean,
  ): Promise<void> {
    const params = [scope, key, owner, status, JSON.stringify(headers), body, isUntold];
    await this.database.query(ANSWERED, params);
  }
}
