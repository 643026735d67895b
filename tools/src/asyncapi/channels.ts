import {
  allTopics,
  contracts,
  deadLetterTopic,
  retryTopic,
  sourceTopics,
  type Topic,
} from '@orderstream/events';
import { BINDING_VERSION } from './bindings.ts';
import { nameOf } from './messages.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Every topic as a channel under its own name. Retry and dead-letter topics have no messages: what they hold is the source's records as
 * they were found, and some of those keep no contract.
 */
export function channels() {
  const descriptions = derivedDescriptions();
  return Object.fromEntries(
    allTopics().map((topic) => {
      const description = descriptions.get(topic.name);
      return [topic.name, description === undefined ? sourceChannel(topic) : channel(topic, description)];
    }),
  );
}

function sourceChannel(topic: Topic) {
  const own = contracts.filter((contract) => contract.topic === topic);
  const held = topic.ordered
    ? ' Order matters: where a group could not process a record, later ones of its key wait for it.'
    : '';
  return {
    ...channel(topic, `Read by ${topic.groups.map((group) => `\`${group}\``).join(', ')}.${held}`),
    messages: Object.fromEntries(
      own.map((contract) => [nameOf(contract), { $ref: `#/components/messages/${nameOf(contract)}` }]),
    ),
  };
}

function channel(topic: Topic, description: string) {
  return {
    address: topic.name,
    description: `${description} Kept for ${topic.retentionMs / DAY_MS} days.`,
    bindings: {
      kafka: {
        topic: topic.name,
        partitions: topic.partitions,
        topicConfiguration: {
          'retention.ms': topic.retentionMs,
          'max.message.bytes': topic.maxMessageBytes,
        },
        bindingVersion: BINDING_VERSION,
      },
    },
  };
}

function derivedDescriptions(): Map<string, string> {
  return new Map(
    sourceTopics.flatMap(({ name, groups }) =>
      groups.flatMap((group) => [
        [
          retryTopic(name, group),
          `Records of \`${name}\` that are handed back to the group \`${group}\` and to no other: key, value and headers as they ` +
            'were, and `dlq-…` headers that say where they were found.',
        ] as const,
        [
          deadLetterTopic(name, group),
          `Records of \`${name}\` that the group \`${group}\` could not process: key, value and headers as they were, and ` +
            '`dlq-…` headers that say why. Behind each that was handed back or discarded stands a record that says who did so.',
        ] as const,
      ]),
    ),
  );
}
