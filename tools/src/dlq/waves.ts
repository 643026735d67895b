import type { LogRecord } from '../log/log-record.ts';
import type { Step } from './hand-back.ts';

/** A wave is also cut here: a quarter of what a producer lets wait before it refuses (`ProducerOptions.maxQueueBytes`). */
const WAVE_BYTES = 8 * 1024 * 1024;

/** What is sent at once, in order: at most `perWave` records. One that is larger than a wave goes by itself. */
export function wavesOf(
  steps: readonly Step[],
  records: ReadonlyMap<string, LogRecord>,
  perWave: number,
): Step[][] {
  const waves: Step[][] = [];
  let bytes = 0;
  for (const step of steps) {
    const record = records.get(step.letter.id);
    const own = record === undefined ? 0 : sizeOf(record);
    const last = waves.at(-1);
    const isFull = last === undefined || last.length >= perWave || bytes + own > WAVE_BYTES;
    if (isFull) waves.push([step]);
    else last.push(step);
    bytes = isFull ? own : bytes + own;
  }
  return waves;
}

function sizeOf({ key, value, headers }: LogRecord): number {
  const texts = Object.entries(headers).flatMap(([name, value]) => [name, ...[value ?? []].flat()]);
  return [key, value, ...texts].reduce((sum, text) => sum + (text === null ? 0 : Buffer.byteLength(text)), 0);
}
