import { parseStrictItems, type StrictItems } from '../src/http/strict-json.ts';
import { Problem, parseStrictJson } from '../src/index.ts';

function refusal(body: string | Buffer): Record<string, unknown> {
  try {
    parseStrictJson(Buffer.from(body as string));
  } catch (error) {
    if (error instanceof Problem) return error.toBody();
    throw error;
  }
  throw new Error('the body was accepted');
}

function pointers(body: string): string[] {
  return (refusal(body)['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
}

describe('accepted bodies', () => {
  it.each([
    ['an object', '{"a":1,"b":[true,null,{"c":"d"}]}'],
    ['white space everywhere', ' \n{ "a" :\t1 ,"b":[ ] }\r\n'],
    ['a scalar', '"text"'],
    ['colons inside of strings', '{"url":"https://shop.example/a:b","t":"10:00:00"}'],
    ['quotes and backslashes escaped', String.raw`{"a":"say \"hi\": \\n","b":"\/"}`],
    ['an escaped surrogate pair', String.raw`{"a":"\ud83d\ude00"}`],
    ['astral and combining characters', '{"a":"😀 é e\u0301 \u007f\u0080"}'],
    ['the same name in different objects', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'],
    ['a name that escapes a harmless character', String.raw`{"\u0061":1}`],
  ])('%s: equals what JSON.parse gives', (_case, body) => {
    expect(parseStrictJson(Buffer.from(body))).toEqual(JSON.parse(body));
  });

  it('text of every kind: comes back byte for byte', () => {
    const text = ' \u00a0é e\u0301 😀 \u2028 ﬁ ';
    expect(parseStrictJson(Buffer.from(JSON.stringify({ text })))).toEqual({ text });
  });

  it('64 levels: accepted; 65: refused, and 30,000 too', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(() => parseStrictJson(Buffer.from(nested(64)))).not.toThrow();
    expect(refusal(nested(65))).toMatchObject({
      errors: [{ pointer: '#', detail: 'must not nest deeper than 64 levels' }],
    });
    expect(refusal(nested(30_000))).toMatchObject({ status: 400 });
  });
});

describe('bodies that are not JSON', () => {
  it.each([
    ['nothing', '', 'The body is empty.'],
    ['half an object', '{"a":', 'The body is not valid JSON.'],
    ['a trailing comma', '{"a":1,}', 'The body stops being JSON at line 1, column 8.'],
    ['two values', '{}{}', 'The body stops being JSON at line 1, column 3.'],
    ['a byte order mark', '\ufeff{}', 'The body begins with a byte order mark.'],
    ['invalid UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'The body is not valid UTF-8.'],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'The body is not valid UTF-8.'],
  ])('%s: 400 that says so', (_case, body, detail) => {
    expect(refusal(body)).toEqual({
      type: 'urn:orderstream:problem:malformed-json',
      title: 'The body is not JSON',
      status: 400,
      detail,
    });
  });

  it('a syntax error next to a secret: the text is not quoted', () => {
    expect(JSON.stringify(refusal('{"card":"4111111111111111" x}'))).not.toContain('4111');
  });
});

describe('bodies made to be slow', () => {
  it.each([
    ['a text of escaped quotes that is never closed', `"${'\\"'.repeat(32_000)}`],
    ['one that ends in half an escape', `"${'\\"'.repeat(32_000)}\\`],
    ['texts without commas', String.raw`"\\" `.repeat(12_000)],
    ['a name of escapes, far from its colon', `{"${String.raw`\u0061`.repeat(5_000)}"${' '.repeat(30_000)}x`],
    ['the same name again and again', `{${String.raw`"\u0061":1,`.repeat(6_000)}`],
  ])('%s, 64 KB: refused at once', (_case, body) => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const startedAtMs = performance.now();
      expect(refusal(body)).toMatchObject({ status: 400 });
      times.push(performance.now() - startedAtMs);
    }
    expect(Math.min(...times)).toBeLessThan(200);
  });
});

describe('rules about names and text', () => {
  it.each([
    ['a name twice', '{"a":1,"b":2,"a":1}', '#/a'],
    ['a name twice, once escaped', String.raw`{"a":1,"\u0061":2}`, '#/a'],
    ['a name twice beside a colon in a string', '{"t":"a:b","x":1,"x":2}', '#/x'],
    ['a name twice in an element', '{"items":[{"sku":"1"},{"sku":"2","sku":"3"}]}', '#/items/1/sku'],
    ['a name twice within what a second one replaced', '{"a":{"b":1,"b":2},"c":[]}', '#/a/b'],
    ['an empty name twice', '{"":1,"":2}', '#/'],
    ['a name with a slash and a tilde twice', '{"a/b~c":1,"a/b~c":2}', '#/a~1b~0c'],
    ['a quote in a name', String.raw`{"\"":1}`, '#/%22'],
    ['a backslash in a name', String.raw`{"a":[{"\\":1}]}`, '#/a/0/%5C'],
    ['__proto__', '{"a":{"__proto__":{"admin":true}}}', '#/a/__proto__'],
    ['__proto__, escaped', String.raw`{"\u005f_proto__":1}`, '#/__proto__'],
    ['an escaped NUL', String.raw`{"a":["x","y\u0000"]}`, '#/a/1'],
    ['an escaped line feed', String.raw`{"a":"x\ny"}`, '#/a'],
    ['a raw line feed', '{"a":"x\ny"}', '#/a'],
    ['a raw NUL', '{"a":{"b":"\u0000"}}', '#/a/b'],
    ['a control character in a name', String.raw`{"a\u001f":1}`, '#/a%1F'],
    ['half a surrogate pair', String.raw`{"a":"\ud83d"}`, '#/a'],
    ['the other half', String.raw`{"a":"\ude00x"}`, '#/a'],
    ['a pair in the wrong order', String.raw`{"a":"\ude00\ud83d"}`, '#/a'],
    ['half a pair in a name', String.raw`{"\ud83d":1}`, '#/%EF%BF%BD'],
    ['a control character as the whole body', String.raw`"\t"`, '#'],
  ])('%s: 400 that points at it', (_case, body, pointer) => {
    expect(pointers(body)).toEqual([pointer]);
  });

  it('several at once: all are named', () => {
    expect(pointers(String.raw`{"a":"\u0000","b":1,"b":2,"c":{"d":"\n"}}`)).toEqual(['#/a', '#/b', '#/c/d']);
  });

  it('more than 50: the first 50 are named', () => {
    const body = `{${Array.from({ length: 80 }, (_, index) => `"m${index}":"\\u0001"`).join(',')}}`;
    expect(refusal(body)).toMatchObject({ detail: 'The first 50 mistakes are named.' });
    expect(pointers(body)).toHaveLength(50);
  });

  it('values are never shown', () => {
    expect(JSON.stringify(refusal(String.raw`{"name":"Jane\u0000","name":"Doe"}`))).not.toMatch(/Jane|Doe/);
  });
});

describe('a body of items', () => {
  const parse = (body: string, maxItems = 500): Promise<StrictItems> =>
    parseStrictItems(Buffer.from(body), { member: 'events', maxItems });
  const faultyItems = async (body: string): Promise<[number, string[]][]> =>
    [...(await parse(body)).faults].map(([index, faults]) => [index, faults.map(({ pointer }) => pointer)]);
  const refused = (body: string, maxItems?: number): Promise<string[]> =>
    parse(body, maxItems).then(
      () => [],
      (error: Problem) => (error.toBody()['errors'] as { pointer: string }[]).map(({ pointer }) => pointer),
    );

  it('faults within items: each item has its own, the others none', async () => {
    const body = String.raw`{"events":[{"a":"fine"},{"a":"Add\nto cart"},{"a":1,"b":{"a":1},"a":2},"\ud83d",
      {"n\"":1},{"a":["\ud83d\ude00",{"__proto__":1,"x":"\u0000"}]}]}`;
    expect(await faultyItems(body)).toEqual([
      [1, ['#/events/1/a']],
      [2, ['#/events/2/a']],
      [3, ['#/events/3']],
      [4, ['#/events/4/n%22']],
      [5, ['#/events/5/a/1/__proto__', '#/events/5/a/1/x']],
    ]);
    expect((await parse(body)).value).toEqual(JSON.parse(body));
  });

  it('no faults: none, also where the text is looked at closely', async () => {
    expect(await faultyItems('{"events":[{"a":"b"}]}')).toEqual([]);
    expect(await faultyItems(String.raw`{"\u0065vents":[{"a":"\ud83d\ude00"}]}`)).toEqual([]);
  });

  it.each([
    ['beside the items', String.raw`{"source":"\n","events":[{"a":1}]}`, ['#/source']],
    ['and in an item', String.raw`{"events":[{"a":"\n"}],"source":"\n"}`, ['#/source', '#/events/0/a']],
    ['in the list’s name, twice', '{"events":[{"a":1}],"events":[{"a":2}]}', ['#/events']],
    ['in a list of the same name elsewhere', String.raw`{"b":{"events":["\n"]}}`, ['#/b/events/0']],
    ['in what is no list', String.raw`{"events":{"0":{"a":"\n"}}}`, ['#/events/0/a']],
    ['in a list that is the body', String.raw`[["\n"]]`, ['#/0/0']],
    ['a text alone', String.raw`"\n"`, ['#']],
    ['nesting', `{"events":[${'['.repeat(63)}${']'.repeat(63)}]}`, ['#']],
    ['a raw control character, which is no JSON', '{"events":[{"a":"\n"}]}', ['#/events/0/a']],
  ])('a fault %s: the body is refused', async (_case, body, expected) => {
    expect(await refused(body)).toEqual(expected);
  });

  it('more items than may be: the body is refused at the first 50 faults', async () => {
    const body = (count: number): string =>
      `{"events":[${Array.from({ length: count }, () => String.raw`"\n"`).join(',')}]}`;
    expect((await parse(body(500))).faults.size).toBe(500);
    expect(await refused(body(501))).toHaveLength(50);
  });

  it('faults everywhere: no item is missed for the many faults of those before it, and others have their turn', async () => {
    const item = `{${Array.from({ length: 60 }, (_, index) => String.raw`"m${index}":"\n"`).join(',')}}`;
    const body = `{"events":[${Array.from({ length: 500 }, () => item).join(',')}]}`;
    let turns = 0;
    const count = (): void => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const { faults } = await parse(body);
    clearImmediate(timer);
    const found = [...faults.values()].map((each) => each.length);
    expect(found).toEqual([...Array<number>(10).fill(50), ...Array<number>(490).fill(1)]);
    expect(turns).toBeGreaterThan(1);
  });
});

it('an escaped name after a text that taught V8 another one at its place: read as what it says', () => {
  JSON.parse(String.raw`{"q":1,"\\u00":2}`);
  expect(parseStrictJson(Buffer.from(String.raw`{"q":1,"\u0061abc":2}`))).toEqual({ q: 1, aabc: 2 });
});

it('a name as long as a body: does not stand in full in each pointer', async () => {
  const name = 'n'.repeat(100_000);
  const lines = Array(50)
    .fill(String.raw`"\n"`)
    .join(',');
  const body = Buffer.from(`{"events":[{"${name}":[${lines}]}]}`);
  const { faults } = await parseStrictItems(body, { member: 'events', maxItems: 500 });
  expect(JSON.stringify([...faults]).length).toBeLessThan(50_000);
});

it('whoever sent it has gone: it is not searched to its end', async () => {
  const body = Buffer.from(
    String.raw`{"events":[${Array(60_000)
      .fill(String.raw`"\n"`)
      .join(',')}]}`,
  );
  const items = { member: 'events', maxItems: 100_000 };
  await expect(parseStrictItems(body, items, () => true)).rejects.toThrow();
});

describe('random texts', () => {
  /** A text, and whether some object in it has a name twice: known because it was made so. */
  interface Sample {
    readonly text: string;
    readonly hasDuplicate: boolean;
  }

  function randomFrom(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
  }

  const SCALARS = ['1', 'true', 'null', '"x:"', String.raw`"\":\""`, String.raw`"\\"`, '"é"', '"{"'];
  /** The first two are one name, and so are the next two. */
  const NAMES = ['"a"', String.raw`"\u0061"`, '"é:"', String.raw`"\u00e9:"`, '"b ,"', '"{"'];

  function generate(pick: (below: number) => number, depth: number): Sample {
    const kind = pick(10);
    if (kind < 4 || depth > 3) return { text: SCALARS[pick(SCALARS.length)] ?? '0', hasDuplicate: false };
    const inner = Array.from({ length: pick(4) }, () => generate(pick, depth + 1));
    const hasInnerDuplicate = inner.some(({ hasDuplicate }) => hasDuplicate);
    if (kind < 6)
      return { text: `[${inner.map(({ text }) => text).join(', ')}]`, hasDuplicate: hasInnerDuplicate };
    const names = inner.map(() => NAMES[pick(NAMES.length)] ?? '""');
    const isTwice = new Set(names.map((name) => JSON.parse(name) as string)).size < names.length;
    const members = inner.map(({ text }, index) => `${names[index]} :${text}`);
    return { text: `{${members.join(',')}}`, hasDuplicate: hasInnerDuplicate || isTwice };
  }

  function isRefused(text: string): boolean {
    try {
      parseStrictJson(Buffer.from(text));
      return false;
    } catch {
      return true;
    }
  }

  it('5,000 of them: refused exactly when a name occurs twice', () => {
    const pick = randomFrom(42);
    const samples = Array.from({ length: 5_000 }, () => generate(pick, 0));
    expect(samples.filter(({ text, hasDuplicate }) => isRefused(text) !== hasDuplicate)).toEqual([]);
    const duplicates = samples.filter(({ hasDuplicate }) => hasDuplicate).length;
    expect(duplicates).toBeGreaterThan(200);
    expect(duplicates).toBeLessThan(4_800);
  });
});
