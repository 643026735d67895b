import type { Connection } from '../database/connection.ts';
import type { Queryable } from '../database/transaction.ts';
import { cancellable } from './cancellable.ts';
import { countChanges } from './count-changes.ts';
import { compareAgain } from './differing-rows.ts';
import type { Draft } from './draft.ts';
import type { TableChange } from './exchange-table.ts';
import type { Compared, Exchanged } from './exchanged.ts';
import { readGroupState, type GroupState } from './group-state.ts';
import { holdGroup, READ_REST_MS } from './hold-group.ts';
import type { ExchangeContext, Projection } from './projection.ts';

interface Connections {
  /** Outside of any transaction. */
  readonly connection: Connection;
  /** For the snapshot; whoever handed it in ends it, and with it the transaction. */
  readonly look: Connection;
  readonly other: Queryable;
}

interface Options {
  readonly projection: Projection;
  readonly draft: Draft;
  readonly context: ExchangeContext;
  readonly compared: Compared;
  /** Without it nobody waits for anything; where records keep coming there is no moment then in which group and draft stand at the same one. */
  readonly isHeld: boolean;
  readonly lockSeconds: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/**
 * What an exchange would do, counted in a snapshot in which the group stands where the draft does. No live row is touched, and nobody waits
 * for the counting; with `isHeld` the group waits until the snapshot is taken, as long as it takes to read the few records that are missing.
 * @returns undefined when the group stands elsewhere in the snapshot
 */
export async function countInSnapshot(
  connections: Connections,
  options: Options,
): Promise<Exchanged | undefined> {
  const { draft } = options;
  const { state, heldUpMs } = await takeSnapshot(connections, options);
  draft.requireNoFailures();
  if (!draft.standsWhere(state)) return undefined;
  return { changes: await count(connections, options), heldUpMs };
}

async function takeSnapshot(
  { connection, look }: Connections,
  { projection, draft, isHeld, lockSeconds, signal, progress }: Options,
): Promise<{ state: GroupState; heldUpMs: number }> {
  if (!isHeld) {
    await draft.catchUp(connection, signal);
    return { state: await beginSnapshot(look, projection), heldUpMs: 0 };
  }
  progress('records keep coming: the group is held until those that are missing are read');
  await connection.command('BEGIN');
  try {
    const held = await holdGroup(connection, projection, lockSeconds);
    await draft.catchUp(connection, AbortSignal.any([signal, AbortSignal.timeout(READ_REST_MS)]));
    return { state: await beginSnapshot(look, projection), heldUpMs: Math.ceil(held.usedMs) };
  } finally {
    if (connection.isUsable) await connection.command('ROLLBACK');
  }
}

/** The first question takes the snapshot. */
async function beginSnapshot(look: Connection, projection: Projection): Promise<GroupState> {
  await look.command('BEGIN ISOLATION LEVEL REPEATABLE READ');
  return readGroupState(look, projection);
}

function count(
  { look, other }: Connections,
  { compared, context, projection, signal, progress }: Options,
): Promise<TableChange[]> {
  return cancellable(look, other, signal, async () => {
    const changes: TableChange[] = [];
    for (const { table, since } of compared) {
      signal.throwIfAborted();
      await compareAgain(look, table, context, since);
      changes.push(await countChanges(look, table, context));
      progress(`${projection.live}.${table.name}: counted`);
    }
    return changes;
  });
}
