import { canonicalJson, fingerprintOf } from '../../src/idempotency/fingerprint.rules.ts';

const parsed = (text: string): unknown => JSON.parse(text);

describe('fingerprintOf', () => {
  it('member order, white space and number notation differ: the same', () => {
    const one = parsed('{"a":[1,{"x":1.0,"y":"é"}],"b":null}');
    const other = parsed('{ "b" : null,\n "a" : [ 1.0, { "y" : "\\u00e9", "x" : 1e0 } ] }');
    expect(fingerprintOf(one)).toEqual(fingerprintOf(other));
  });

  it.each([
    ['another value', '{"a":1}', '{"a":2}'],
    ['another type', '{"a":1}', '{"a":"1"}'],
    ['items in another order', '{"a":[1,2]}', '{"a":[2,1]}'],
    ['a member more', '{"a":1}', '{"a":1,"b":1}'],
    ['nested elsewhere', '{"a":{"b":1},"c":{}}', '{"a":{},"c":{"b":1}}'],
    ['text that looks like structure', '{"a":"b\\",\\"c"}', '{"a":"b","c":""}'],
  ])('%s: another one', (_, one, other) => {
    expect(fingerprintOf(parsed(one))).not.toEqual(fingerprintOf(parsed(other)));
  });

  it('canonical form: members by UTF-16 code units, nothing else changed', () => {
    expect(canonicalJson(parsed('{"b":[true,false],"a10":"\\n","a2":1e3,"B":{}}'))).toBe(
      '{"B":{},"a10":"\\n","a2":1000,"b":[true,false]}',
    );
  });
});
