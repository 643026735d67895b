import { resolutionRecord, uuidv7 } from '@orderstream/events';
import { kafkaMessageOf, type LogRecord } from '../../src/log/log-record.ts';
import { orderLines } from '../../src/order/order-page.ts';
import { orderStory } from '../../src/order/order-story.ts';
import { recordLine } from '../../src/tail/record-line.ts';
import { letterRecord } from '../dlq/letters.ts';
import { logged } from '../log/logged.ts';

// Fills the clipboard, clears the screen, overwrites the line, turns it around.
const HOSTILE = 'x\x1b]52;c;Y3VybA==\x07\x1b[2J\r\u009b1A\u202ey';
const SHOWN = 'x\\u001b]52;c;Y3VybA==\\u0007\\u001b[2J \\u009b1A\\u202ey';
const OBEYED = /[\p{Cc}\p{Bidi_Control}]/u;

const id = uuidv7();

function record(value: string | null, headers: Record<string, string> = {}): LogRecord {
  return logged({ topic: 'orders', key: HOSTILE, value, headers: { 'event-type': HOSTILE, ...headers } }, 0);
}

describe('what somebody wrote into a record, at the terminal', () => {
  it.each([
    ['no JSON', HOSTILE],
    ['JSON', JSON.stringify({ event_type: HOSTILE, payload: { sku: `\u009b${HOSTILE}` } })],
    ['none', null],
  ])('a line of tail, value: %s: shown, not obeyed', (_, value) => {
    for (const showing of [{}, { showContacts: true }]) {
      const line = recordLine(record(value, { 'dlq-reason': HOSTILE }), showing);
      expect(line).not.toMatch(OBEYED);
      expect(line).toContain(`  ${SHOWN}`);
    }
  });

  it('the view of an order: type, source, error, reason, row and subject are shown, not obeyed', () => {
    const of = { topic: 'orders', group: 'worker' };
    const letter = logged(letterRecord({ of, offset: 0, key: id }), 0);
    const died = { ...letter, headers: { ...letter.headers, 'dlq-error-message': Buffer.from(HOSTILE) } };
    const said = { kind: 'discarded', redriveCount: 0, by: HOSTILE, why: HOSTILE, at: '' } as const;
    const records = [
      record(JSON.stringify({ source: HOSTILE })),
      died,
      logged(resolutionRecord(kafkaMessageOf(letter), said), 1),
    ];
    const holding = { database: 'worker', table: 'worker.payments', problem: undefined } as const;
    const rows = { holdings: [{ ...holding, rows: [{ payment_id: HOSTILE }] }], positions: new Map() };
    const mail = { message_id: '1', to: [], subject: HOSTILE, received_at: '2026-06-13T10:00:00.000Z' };
    const messages = { mails: [mail], sms: [], problems: [] };
    const story = orderStory(id, records, rows, messages);
    const page = orderLines(story, rows, messages, { showContacts: true });
    for (const line of page.flatMap((each) => each.split('\n'))) expect(line).not.toMatch(OBEYED);
    const shown = page.join('\n');
    for (const before of ['given up, contract-violated: ', 'discarded: ', 'payment_id=', '“'])
      expect(shown).toContain(`${before}${SHOWN}`);
  });
});
