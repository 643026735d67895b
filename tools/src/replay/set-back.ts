import type { KafkaSettings } from '@orderstream/events';
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { openCluster } from '../log/kafkajs-cluster.ts';
import { OperationRefused } from '../log/operation-refused.ts';
import { hasCommittedPast, movesBack, type PartitionPlan } from './replay-plan.ts';

export interface GroupOnTopic {
  readonly group: string;
  readonly topic: string;
}

const POSITIONS = `SELECT partition, next_offset::float8 AS next_offset FROM consumer_positions
  WHERE consumer_group = $1 AND topic = $2 ORDER BY partition`;
// The plan was made of today's log: whichever log the position was of, it is of this one now.
const SET_BACK = `UPDATE consumer_positions SET next_offset = $4, topic_id = NULL, updated_at = now()
  WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND next_offset = $5`;

/** The group's next offsets, by partition. */
export async function readPositions(
  client: pg.Client,
  { group, topic }: GroupOnTopic,
): Promise<Map<number, number>> {
  const { rows } = await client.query<{ partition: number; next_offset: number }>(POSITIONS, [group, topic]);
  return new Map(rows.map(({ partition, next_offset }) => [partition, next_offset]));
}

/** Kafka's committed offsets of the group, by partition. */
export async function readCommitted(
  admin: Admin,
  { group, topic }: GroupOnTopic,
): Promise<Map<number, number>> {
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return new Map(
    (found?.partitions ?? [])
      .map(({ partition, offset }) => [partition, Number(offset)] as const)
      .filter(([, offset]) => offset >= 0),
  );
}

/** @throws OperationRefused while the group has members */
export async function requireNoMembers(
  admin: Admin,
  { group }: GroupOnTopic,
  service: string,
): Promise<void> {
  const { groups } = await admin.describeGroups([group]);
  const members = groups[0]?.members ?? [];
  if (members.length === 0) return;
  const named = members.map(({ clientId, clientHost }) => `${clientId} at ${clientHost.replace(/^\//, '')}`);
  throw new OperationRefused(
    `${group} is running: ${members.length} member(s), ${named.join(', ')}. Stop every instance of ${service} first ` +
      `(locally: Ctrl-C of \`npm start\`; containers: \`docker compose stop ${service}\`, and \`docker stop\` what \`run\` started), then run this again. ` +
      'One that was killed counts as a member for up to 10 s.',
  );
}

/**
 * The first step of a replay: without effect by itself. Not by kafkajs' setOffsets, which joins the group for it and takes seconds.
 * @throws what kafkajs throws, also when the group has been started meanwhile: the broker refuses it then
 */
export async function setCommittedBack(
  kafka: KafkaSettings,
  { group, topic }: GroupOnTopic,
  plan: readonly PartitionPlan[],
): Promise<void> {
  const partitions = plan
    .filter(hasCommittedPast)
    .map(({ partition, backTo }) => ({ partition, offset: String(backTo) }));
  if (partitions.length === 0) return;
  const cluster = openCluster(kafka);
  try {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId: group });
    await coordinator.offsetCommit({
      groupId: group,
      ...{ groupGenerationId: -1, memberId: '' },
      topics: [{ topic, partitions }],
    });
  } finally {
    await cluster.disconnect();
  }
}

/**
 * The second and last step of a replay: the group's own positions, all partitions in one transaction. The database is the truth, so
 * this is the moment the replay happens, for all partitions or for none. Cut off before it, with only Kafka's committed offsets set
 * back, the group finds at its next start that its database stands further on, and goes there: as if nothing had been done.
 * @throws OperationRefused when somebody has moved a position meanwhile; nothing is changed then
 */
export async function setPositionsBack(
  client: pg.Client,
  { group, topic }: GroupOnTopic,
  plan: readonly PartitionPlan[],
): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const { partition, position, backTo } of plan.filter(movesBack)) {
      const { rowCount } = await client.query(SET_BACK, [group, topic, partition, backTo, position]);
      if (rowCount === 1) continue;
      throw new OperationRefused(
        `${group} has moved on in ${topic}/${partition} meanwhile: no position was changed. Stop it, then run this again.`,
      );
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

const OPEN_LETTERS = `SELECT count(*)::int AS open FROM dead_letters
  WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND record_offset >= $4`;

/** How many records of the stretch the group has given up and not settled yet. */
export async function countOpenLetters(
  client: pg.Client,
  { group, topic }: GroupOnTopic,
  plan: readonly PartitionPlan[],
): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('dead_letters') IS NOT NULL AS there",
  );
  if (!rows[0]?.there) return 0;
  let open = 0;
  for (const { partition, backTo } of plan.filter(movesBack)) {
    const counted = await client.query<{ open: number }>(OPEN_LETTERS, [group, topic, partition, backTo]);
    open += counted.rows[0]?.open ?? 0;
  }
  return open;
}
