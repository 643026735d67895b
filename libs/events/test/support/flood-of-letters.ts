// A process that counts so many dead letters, all closed in the end. Says what a letter costs it, in bytes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { LetterCensus } from '../../src/dead-letter/letter-census.ts';
import { letterOf, resolutionOf } from './letters.ts';
import { record } from './records.ts';

const letters = Number(process.argv[2]);
const letter = letterOf(record(0), 0);
const resolution = resolutionOf(letter, 0, { kind: 'redriven', redriveCount: 1 });
const census = new LetterCensus();

function note(said: KafkaMessage, firstOffset: number): void {
  for (let offset = 0; offset < letters; offset += 1) {
    const headers = { ...said.headers, 'dlq-original-offset': Buffer.from(String(offset)) };
    census.note({ ...said, headers, offset: String(firstOffset + offset) } as KafkaMessage);
  }
}

/** After everything that can be collected has been. What a buffer held is freed beside the program, a moment after it is collected. */
async function heldBytes(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const before = await heldBytes();
note(letter, 0);
const bytesWhileOpen = ((await heldBytes()) - before) / letters;
note(resolution, letters);
const bytesOnceClosed = ((await heldBytes()) - before) / letters;
process.stdout.write(JSON.stringify({ bytesWhileOpen, bytesOnceClosed, open: census.counts().length }));
