import { kafkaBrokers } from '@orderstream/testing';
import { createKafka } from '../../src/index.ts';
import { clusterOf, type Cluster } from '../../src/kafka/cluster.ts';
import { asOperator } from './admin.ts';

interface Coordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
}

/** kafkajs's cluster, with what only tests ask of it. */
type GroupCluster = Cluster & {
  findGroupCoordinator(of: { groupId: string }): Promise<Coordinator>;
};

/** The ids under which Kafka knows a group's members. */
export async function memberIds(groupId: string): Promise<string[]> {
  const { groups } = await asOperator((admin) => admin.describeGroups([groupId]));
  return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
}

/** Lets the coordinator forget a member that is alive, as it does when a session ends: somebody else says goodbye in its name. */
export async function expel(groupId: string, memberId: string): Promise<void> {
  const cluster = clusterOf(
    createKafka({ clientId: 'test-operator', brokers: kafkaBrokers() }),
  ) as GroupCluster;
  await cluster.connect();
  try {
    await cluster.refreshMetadata();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    await coordinator.leaveGroup({ groupId, memberId });
  } finally {
    await cluster.disconnect();
  }
}
