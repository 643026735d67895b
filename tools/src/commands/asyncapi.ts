import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { asyncApiDocument } from '../asyncapi/document.ts';
import { endWithReader, printLine } from '../log/stdout.ts';
import { workspaceRoot } from '../platform/index.ts';

/** `orderstream asyncapi`: topics and events, for people and generators that know AsyncAPI. Asks nothing but this checkout. */
export function registerAsyncApi(program: Command): void {
  program
    .command('asyncapi')
    .description(
      'print the topics and event contracts as an AsyncAPI 3.0 document, as JSON; needs neither Kafka nor a database',
    )
    .addHelpText('after', SHAPE)
    .action(asyncapi);
}

const SHAPE = `
{asyncapi, info, defaultContentType, channels: {<topic>: …}, operations: {<group>.<receive|send>.<topic>: …},
 components: {messages: {<event type>.v<version>: {name, title, headers, payload, …}}}}
payload and headers are JSON Schema, draft 7.`;

async function asyncapi(): Promise<void> {
  // The document is printed at once: a reader that has enough leaves nothing to stop.
  endWithReader(() => undefined);
  await printLine(JSON.stringify(asyncApiDocument(platformVersion()), null, 2));
}

function platformVersion(): string {
  const manifest = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
