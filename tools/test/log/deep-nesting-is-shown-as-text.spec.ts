import { textWithoutContacts } from '../../src/log/masked.ts';
import { readableValue } from '../../src/log/readable-value.ts';
import { recordDocument, recordLine } from '../../src/tail/record-line.ts';

/** JSON.parse takes it; JSON.stringify, and whatever else calls itself for each level, ends in a RangeError. */
function nested(levels: number): string {
  return `{"payload":${'['.repeat(levels)}"ada@example.com"${']'.repeat(levels)}}`;
}

describe('a value nested deeper than anybody nests', () => {
  it.each([5_000, 200_000])(
    '%i levels: one line of tail, one document, a value of dlq show, as text',
    (levels) => {
      const text = nested(levels);
      const record = { topic: 'orders', partition: 0, offset: 0, timestampMs: 0, key: null, headers: {} };
      const tailed = { ...record, value: Buffer.from(text) };
      expect(recordLine(tailed, {})).toMatch(/\{"payload":\[{200,}…$/);
      expect(recordLine(tailed, { showContacts: true })).toMatch(/\{"payload":\[{200,}…$/);
      expect(JSON.parse(JSON.stringify(recordDocument(tailed, {})))).toMatchObject({
        value: textWithoutContacts(text),
      });
      expect(readableValue(tailed, { showContacts: true })).toBe(text);
    },
  );

  it('as deep as an event is: JSON', () => {
    expect(readableValue({ value: Buffer.from(nested(20)) }, { showContacts: true })).toEqual(
      JSON.parse(nested(20)),
    );
  });
});
