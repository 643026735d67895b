import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import {
  allTopics,
  contracts,
  encodeRecord,
  newTraceparent,
  sourceTopics,
  type EventContract,
  type EventOf,
} from '@orderstream/events';
import { Ajv, type ValidateFunction } from 'ajv';
import { Command } from 'commander';
import type { AsyncApiDocument } from '../../src/asyncapi/document.ts';
import { registerAsyncApi } from '../../src/commands/asyncapi.ts';
import { workspaceRoot } from '../../src/platform/index.ts';
import { runCli } from '../../src/run-cli.ts';

type Json = Record<string, unknown>;
type Event = EventOf<EventContract> & Json;

const printed = await run('asyncapi');
const document = JSON.parse(printed.text) as AsyncApiDocument;
const { channels, operations, components } = document;

/** In the platform's own formats a validator sees no more than names. */
const ajv = new Ajv({ strict: true, validateFormats: false });

const golden = join(workspaceRoot, 'libs/events/test/golden');
const goldenFiles = readdirSync(golden);

describe('orderstream asyncapi', () => {
  it('is called with what it does not know: 2, and nothing on stdout', async () => {
    expect(await run('asyncapi', 'extra')).toEqual({ code: 2, text: '' });
    expect(await run('asyncapi', '--bogus')).toEqual({ code: 2, text: '' });
  });

  it('prints one document, under the version of the workspace', () => {
    expect(printed.code).toBe(0);
    expect(document.asyncapi).toBe('3.0.0');
    expect(document.info.version).toBe(read(join(workspaceRoot, 'package.json'))['version']);
  });
});

describe('the document', () => {
  // Without the $id of every part, as the schema brings JSON Schema's own along and the validator has that already.
  const path = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
  const isAsyncApi = new Ajv({ strict: false, validateFormats: false }).compile(read(path));

  it('keeps the JSON Schema of AsyncAPI 3.0', () => {
    isAsyncApi(document);
    expect(isAsyncApi.errors ?? []).toEqual([]);
  });

  it.each<[string, (copy: ReturnType<typeof copied>) => unknown]>([
    ['an operation that neither sends nor receives', (copy) => (firstOf(copy.operations)['action'] = 'read')],
    ['an operation without a channel', (copy) => delete firstOf(copy.operations)['channel']],
    [
      'a channel with a member that is none of AsyncAPI’s',
      (copy) => (firstOf(copy.channels)['key'] = 'order_id'),
    ],
    ['partitions that are no number', (copy) => (kafkaOf(firstOf(copy.channels))['partitions'] = '6')],
    [
      'a payload that is no schema',
      (copy) => (firstOf(copy.components.messages)['payload'] = { type: 'money' }),
    ],
  ])('%s: would be noticed', (_, spoil) => {
    const copy = copied();
    spoil(copy);
    expect(isAsyncApi(copy)).toBe(false);
  });

  it('has only references that lead somewhere', () => {
    const references = [...printed.text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path]) => path as string);
    expect(references.length).toBeGreaterThan(contracts.length);
    for (const reference of references)
      expect([reference, at(reference) !== undefined]).toEqual([reference, true]);
  });

  it('has every topic as a channel, and no other, as `topics apply` makes it', () => {
    const told = Object.entries(channels).map(([name, { address, bindings }]) => [
      name,
      address,
      bindings.kafka,
    ]);
    expect(told).toEqual(
      allTopics().map(({ name, partitions, retentionMs, maxMessageBytes }) => [
        name,
        name,
        {
          topic: name,
          partitions,
          topicConfiguration: { 'retention.ms': retentionMs, 'max.message.bytes': maxMessageBytes },
          bindingVersion: '0.5.0',
        },
      ]),
    );
  });

  it('says of every retry and dead-letter topic whose it is', () => {
    for (const { name, groups } of sourceTopics) {
      for (const group of groups) {
        for (const kind of ['retry', 'dlq']) {
          const { description } = channels[`${name}.${group}.${kind}`] as { description: string };
          expect(description).toContain(`Records of \`${name}\``);
          expect(description).toContain(`group \`${group}\``);
          expect(description).toContain('Kept for 30 days.');
        }
      }
    }
  });

  it('has every contract as a message, on the channel of its topic and on no other', () => {
    const names = contracts.map(messageName);
    expect(Object.keys(components.messages).sort()).toEqual([...names].sort());
    const told = Object.entries(channels).flatMap(([topic, channel]) =>
      Object.keys((channel as { messages?: Json }).messages ?? {}).map((name) => `${topic}: ${name}`),
    );
    const wanted = contracts.map((contract) => `${contract.topic.name}: ${messageName(contract)}`);
    expect(told.sort()).toEqual(wanted.sort());
  });

  it('has what each group does: it reads topics and their retry topics, and gives up to its own dead-letter topics', () => {
    const told = Object.entries(operations).map(([name, { action, channel, tags }]) => {
      const topic = channel.$ref.replace('#/channels/', '');
      expect(name).toBe(`${tags[0]?.name}.${action}.${topic}`);
      return name;
    });
    const wanted = sourceTopics.flatMap(({ name, groups }) =>
      groups.flatMap((group) => [
        `${group}.receive.${name}`,
        `${group}.receive.${name}.${group}.retry`,
        `${group}.send.${name}.${group}.dlq`,
      ]),
    );
    expect(told.sort()).toEqual(wanted.sort());
    expect(operations['fraud.receive.payments']?.bindings).toEqual({
      kafka: { groupId: { type: 'string', const: 'fraud' }, bindingVersion: '0.5.0' },
    });
  });
});

describe.each(contracts.map((contract) => [messageName(contract), contract] as const))(
  '%s',
  (name, contract) => {
    const message = components.messages[name] as (typeof components.messages)[string];
    let isPayload: ValidateFunction;
    let isHeaders: ValidateFunction;
    let isKey: ValidateFunction;
    beforeAll(() => {
      isPayload = ajv.compile(message.payload);
      isHeaders = ajv.compile(message.headers);
      isKey = ajv.compile(message.bindings.kafka.key);
    });
    const files = goldenFiles.filter((file) => file.startsWith(`${name}.`));

    it.each(files)('%s: is valid, with the headers and the key that it is sent with', (file) => {
      const event = read(join(golden, file)) as Event;
      expect([isPayload(event), isPayload.errors]).toEqual([true, null]);
      const { headers, key } = encodeRecord(contract, event, newTraceparent());
      expect([isHeaders(headers), isHeaders.errors]).toEqual([true, null]);
      expect(Object.keys(headers)).toEqual(Object.keys(message.headers.properties));
      expect(isHeaders(encodeRecord(contract, event).headers)).toBe(true);
      expect([isKey(key), isKey.errors]).toEqual([true, null]);
    });

    it.each(files)('%s without a member, of another type or version, or with null: is refused', (file) => {
      const event = read(join(golden, file)) as Event;
      const payload = event.payload;
      const required = (contract.payload.required ?? []) as string[];
      const broken = [
        ...Object.keys(event).map((member) => without(event, member)),
        ...required.map((member) => ({ ...event, payload: without(payload, member) })),
        ...required.map((member) => ({ ...event, payload: { ...payload, [member]: null } })),
        { ...event, event_type: 'order.exploded' },
        { ...event, schema_version: contract.version + 1 },
      ];
      expect(broken.length).toBeGreaterThan(10);
      for (const each of broken) expect([each, isPayload(each)]).toEqual([each, false]);
    });

    it('headers of another type or version, or without one: are refused', () => {
      const event = read(join(golden, files[0] as string)) as Event;
      const { headers } = encodeRecord(contract, event);
      for (const member of Object.keys(headers)) expect(isHeaders(without(headers, member))).toBe(false);
      expect(isHeaders({ ...headers, 'event-type': 'order.exploded' })).toBe(false);
      expect(isHeaders({ ...headers, 'schema-version': String(contract.version + 1) })).toBe(false);
      expect(isHeaders({ ...headers, traceparent: 'somewhere' })).toBe(false);
    });

    it('unknown members: are valid', () => {
      const event = read(join(golden, files[0] as string)) as Event;
      expect(isPayload({ ...event, later: 1, payload: { ...event.payload, later: {} } })).toBe(true);
    });
  },
);

/** Runs the command as the CLI does. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const program = new Command('orderstream').helpCommand(false);
  registerAsyncApi(program);
  for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    return { code: await runCli(program, args), text };
  } finally {
    write.mockRestore();
  }
}

function messageName({ type, version }: EventContract): string {
  return `${type}.v${version}`;
}

function read(file: string): Json {
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}

function without(object: object, member: string): Json {
  const { [member]: _gone, ...rest } = object as Json;
  return rest;
}

/** What a reference's path leads to. */
function at(path: string): unknown {
  return path.split('/').reduce<unknown>((value, member) => (value as Json | undefined)?.[member], document);
}

function copied() {
  return structuredClone(document) as unknown as {
    channels: Record<string, Json>;
    operations: Record<string, Json>;
    components: { messages: Record<string, Json> };
  };
}

function firstOf(all: Record<string, Json>): Json {
  return Object.values(all)[0] as Json;
}

function kafkaOf(channel: Json): Json {
  return (channel['bindings'] as { kafka: Json }).kafka;
}
