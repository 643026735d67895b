import type { Random } from './random.ts';
import type { Customer } from './visit.ts';

const FIRST = [
  'Ada',
  'Alan',
  'Barbara',
  'Chen',
  'Dorothy',
  'Edsger',
  'Fatima',
  'Grace',
  'Hedy',
  'Ivan',
  'Jun',
  'Katherine',
];
const LAST = [
  'Lovelace',
  'Turing',
  'Liskov',
  'Wei',
  'Vaughan',
  'Dijkstra',
  'Hassan',
  'Hopper',
  'Lamarr',
  'Petrov',
  'Murai',
  'Johnson',
];

/**
 * As many orders as one customer places at most. A fraud rule looks at a customer's habits from five on: whoever stays below is
 * suspicious to none, so that only those planted are.
 */
const MOST_ORDERS = 4;

interface Regular {
  readonly customer: Customer;
  orders: number;
}

/** The shop's customers: new ones, and those who come back. All of them belong to one run. */
export class People {
  readonly #run: string;
  readonly #regulars: Regular[] = [];
  #count = 0;

  constructor(run: string) {
    this.#run = run;
  }

  /** Somebody nobody has seen before. */
  create(random: Random): Customer {
    this.#count += 1;
    const id = `${this.#run}-c${this.#count}`;
    const phone = random.chance(0.3) ? phoneOf(this.#run, this.#count) : undefined;
    return { id, name: `${random.pick(FIRST)} ${random.pick(LAST)}`, email: `${id}@visitors.example`, phone };
  }

  /** From now on this one may come back. */
  remember(customer: Customer): void {
    this.#regulars.push({ customer, orders: 1 });
  }

  /** Somebody who has ordered before, or nobody. Counts as another order of theirs. */
  comeBack(random: Random): Customer | undefined {
    if (this.#regulars.length === 0) return undefined;
    const index = random.whole(0, this.#regulars.length - 1);
    const known = this.#regulars[index] as Regular;
    known.orders += 1;
    if (known.orders >= MOST_ORDERS) this.#regulars.splice(index, 1);
    return known.customer;
  }
}

/** Different in each run, or customers of two runs would share a contact. */
function phoneOf(run: string, count: number): string {
  let hash = 0;
  for (const character of run) hash = (hash * 31 + (character.codePointAt(0) as number)) % 100_000;
  return `+999${String(hash).padStart(5, '0')}${String(count % 10 ** 7).padStart(7, '0')}`;
}
