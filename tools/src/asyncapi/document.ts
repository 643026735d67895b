import { contracts } from '@orderstream/events';
import { channels } from './channels.ts';
import { messageOf, nameOf } from './messages.ts';
import { operations } from './operations.ts';

const DESCRIPTION = `What Orderstream's services tell each other on Apache Kafka.

- A channel is a topic (\`libs/events/src/topics.ts\`), a message one version of an event type (\`libs/events/src/contracts\`).
- A record's value is an envelope, UTF-8 JSON. Inside a version members are only added: ignore those that you do not know.
- A consumer group reads all of a topic; types that it does not handle it skips by the \`event-type\` header.
- Operations are those of consumer groups. Which service sent a record stands in its \`source\`.
- Formats such as \`uuidv7\` and \`iso-4217\` are the platform's own (\`libs/events/src/contracts/formats.ts\`): a validator that does not know them passes over them.`;

export type AsyncApiDocument = ReturnType<typeof asyncApiDocument>;

/** The AsyncAPI 3.0 document of the whole platform, made of the topics and contracts as code. @param version the platform's own */
export function asyncApiDocument(version: string) {
  return {
    asyncapi: '3.0.0',
    info: { title: 'Orderstream', version, description: DESCRIPTION },
    defaultContentType: 'application/json',
    channels: channels(),
    operations: operations(),
    components: {
      messages: Object.fromEntries(contracts.map((contract) => [nameOf(contract), messageOf(contract)])),
    },
  } as const;
}
