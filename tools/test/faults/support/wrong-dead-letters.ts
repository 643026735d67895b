import {
  parseDeadLetter,
  positionText,
  type ConsumerGroup,
  type DeadLetterReason,
  type RecordPosition,
} from '@orderstream/events';
import { kafkaMessageOf, type LogRecord } from '../../../src/log/log-record.ts';
import { Findings } from '../../support/broken-promises.ts';

/** What one group had to give up. */
export interface Expected {
  readonly reason: DeadLetterReason;
  /** The record as it lies on its topic. */
  readonly source: LogRecord;
  readonly behind?: RecordPosition | undefined;
}

/**
 * What is wrong with a group's dead letters, in words: each expected record stands there once, with its reason, and with the bytes it
 * has on its topic; nothing else does.
 *
 * @param expected by `topic/partition/offset`
 */
export function wrongDeadLetters(
  group: ConsumerGroup,
  expected: ReadonlyMap<string, Expected>,
  letters: readonly LogRecord[],
): string[] {
  const wrong = new Findings();
  const seen = new Set<string>();
  for (const letter of letters) {
    const parsed = parseDeadLetter(kafkaMessageOf(letter));
    const at = parsed === undefined ? 'no position' : positionText(parsed.original);
    const wanted = expected.get(at);
    const say = (what: string): void => wrong.add(`${group}: ${what}`, [at]);
    if (parsed === undefined || wanted === undefined) {
      say(`dead-lettered as ${parsed?.reason}, should not be`);
      continue;
    }
    if (seen.has(at)) say('dead-lettered twice');
    seen.add(at);
    if (parsed.group !== group) say(`names the group ${parsed.group}`);
    if (parsed.reason !== wanted.reason) say(`is ${parsed.reason} instead of ${wanted.reason}`);
    const behind = parsed.parkedBehind && positionText(parsed.parkedBehind);
    if (behind !== (wanted.behind && positionText(wanted.behind))) say(`waits for ${behind}`);
    if (!isSame(letter.key, wanted.source.key)) say('has another key');
    if (!isSame(letter.value, wanted.source.value)) say('has another value');
    if (ownHeaders(letter) !== ownHeaders(wanted.source)) say('has other headers');
  }
  wrong.add(
    `${group}: not dead-lettered`,
    [...expected.keys()].filter((at) => !seen.has(at)),
  );
  return wrong.sentences();
}

function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}

/** The headers that the record had before it died, in a form that can be compared. */
function ownHeaders({ headers }: LogRecord): string {
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('dlq-') && name !== 'error');
  return JSON.stringify(
    own.map(([name, value]) => [name, [value].flat().map((each) => Buffer.from(each ?? '').toString('hex'))]),
  );
}
