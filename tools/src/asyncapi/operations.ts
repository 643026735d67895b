import { deadLetterTopic, groupTopics, sourceTopics } from '@orderstream/events';
import { BINDING_VERSION } from './bindings.ts';

/**
 * What consumer groups do: each reads its topics and the retry topics of these, and writes to its dead-letter topics. Who sends events
 * is no part of a contract, and so not here.
 */
export function operations() {
  const receives = groupTopics.map(({ group, topic }) => operation('receive', group, topic));
  const sends = sourceTopics.flatMap(({ name, groups }) =>
    groups.map((group) => operation('send', group, deadLetterTopic(name, group))),
  );
  return Object.fromEntries([...receives, ...sends]);
}

function operation(action: 'receive' | 'send', group: string, topic: string) {
  const groupId = { type: 'string', const: group };
  const described = {
    action,
    channel: { $ref: `#/channels/${topic}` },
    tags: [{ name: group }],
    ...(action === 'receive' ? { bindings: { kafka: { groupId, bindingVersion: BINDING_VERSION } } } : {}),
  };
  return [`${group}.${action}.${topic}`, described] as const;
}
