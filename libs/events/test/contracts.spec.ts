import { readdirSync, readFileSync } from 'node:fs';
import {
  alerts,
  contracts,
  encodeRecord,
  type Envelope,
  type EventContract,
  type EventOf,
} from '../src/index.ts';

const folder = new URL('golden/', import.meta.url);
const files = readdirSync(folder).sort();

/** `<type>.v<version>.json`, or `<type>.v<version>.<variant>.json`. */
function goldenOf({ type, version }: EventContract): string[] {
  const name = `${type}.v${version}`;
  return files.filter((file) => file === `${name}.json` || file.startsWith(`${name}.`));
}

function read(file: string): Envelope<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Envelope<string, Record<string, unknown>>;
}

/** Every object inside `value`, itself included, gets a member that no contract knows. */
function withUnknownMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknownMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withUnknownMembers(member)] as const);
  return { ...Object.fromEntries(members), added_later: { by: ['a newer producer'] } };
}

/** Every number in a schema, with where it is. */
function numbersIn(schema: object, path = '#'): { path: string; maximum: unknown }[] {
  const { type, maximum } = schema as { type?: unknown; maximum?: unknown };
  const own = type === 'integer' || type === 'number' ? [{ path, maximum }] : [];
  const inner = Object.entries(schema).flatMap(([name, member]: [string, unknown]) =>
    typeof member === 'object' && member !== null ? numbersIn(member, `${path}/${name}`) : [],
  );
  return [...own, ...inner];
}

describe('contracts: what was written once can be read for ever', () => {
  it('every golden example belongs to a contract', () => {
    expect(contracts.flatMap(goldenOf).sort()).toEqual(files);
  });

  it('no two contracts share type and version', () => {
    const names = contracts.map(({ type, version }) => `${type}.v${version}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keys on alerts: whom a suspicion is about, and which group is behind on which topic', () => {
    const keys = contracts
      .filter(({ topic }) => topic === alerts)
      .map((contract) => [
        contract.type,
        encodeRecord(contract, read(goldenOf(contract)[0] as string) as EventOf<typeof contract>).key,
      ]);
    expect(Object.fromEntries(keys)).toEqual({
      'fraud.suspected': 'customer_1-A',
      'consumer_lag.exceeded': 'worker/orders',
      'consumer_lag.recovered': 'worker/orders',
    });
  });

  describe.each(contracts.map((contract) => [`${contract.type} v${contract.version}`, contract] as const))(
    '%s',
    (_, contract) => {
      it('has a golden example', () => {
        expect(goldenOf(contract)).not.toEqual([]);
      });

      it.each(goldenOf(contract))('%s: is accepted', (file) => {
        expect(contract.violations(read(file))).toEqual([]);
        expect(contract.accepts(read(file))).toBe(true);
      });

      it('unknown members anywhere: are ignored', () => {
        for (const file of goldenOf(contract)) {
          expect(contract.violations(withUnknownMembers(read(file)))).toEqual([]);
        }
      });

      it('each member of the envelope missing: is refused', () => {
        const golden = read(goldenOf(contract)[0] as string);
        for (const member of Object.keys(golden)) {
          const { [member as keyof Envelope]: _gone, ...rest } = golden;
          expect([member, contract.accepts(rest)]).toEqual([member, false]);
        }
      });

      it('each required member of the payload missing, null or of another type: is refused', () => {
        const golden = read(goldenOf(contract)[0] as string);
        const required = contract.payload.required as readonly string[];
        expect(required).toEqual(expect.arrayContaining([...contract.key]));
        for (const member of required) {
          const { [member]: _gone, ...rest } = golden.payload;
          const isObject = typeof golden.payload[member] === 'object';
          const other = isObject ? 'a text' : { a: 1 };
          for (const payload of [rest, { ...rest, [member]: null }, { ...rest, [member]: other }]) {
            expect([member, contract.accepts({ ...golden, payload })]).toEqual([member, false]);
          }
        }
      });

      // Only analytics counts lag, and no database keeps it.
      it('every number that callers send has an end that databases and JavaScript can hold', () => {
        if (contract.topic === alerts) return;
        for (const { path, maximum } of numbersIn(contract.payload)) {
          expect([path, Number.isSafeInteger(maximum)]).toEqual([path, true]);
        }
      });

      it('another type or version: is refused', () => {
        const golden = read(goldenOf(contract)[0] as string);
        expect(contract.accepts({ ...golden, event_type: 'order.exploded' })).toBe(false);
        expect(contract.accepts({ ...golden, schema_version: contract.version + 1 })).toBe(false);
      });
    },
  );
});
