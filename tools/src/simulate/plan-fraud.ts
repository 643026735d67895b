import { catalogue } from './catalogue.ts';
import type { People } from './people.ts';
import { anyCurrency, itemOf, orderOf, Script } from './plan-shopping.ts';
import type { Random } from './random.ts';
import type { FraudRule, PlantedFraud, Step } from './visit.ts';

const RULES: readonly FraudRule[] = ['order_velocity', 'amount_outlier', 'failed_payments', 'shared_contact'];

interface PlannedFraud {
  readonly steps: readonly Step[];
  readonly fraud: PlantedFraud;
}

/** A visit of somebody dishonest, of one kind and suspicious to that rule alone, at its defaults. */
export function planFraud(random: Random, people: People): PlannedFraud {
  const rule = random.pick(RULES);
  const script = new Script(random);
  script.event('page.viewed', { url: 'https://shop.example/', title: 'Shop' });
  return { steps: script.steps, fraud: PLANS[rule](script, random, people) };
}

type Plan = (script: Script, random: Random, people: People) => PlantedFraud;

const PLANS: Readonly<Record<FraudRule, Plan>> = {
  /** More than 10 orders within 60 s. */
  order_velocity(script, random, people) {
    const customer = people.create(random);
    const [currency, product] = [anyCurrency(random), random.popular(catalogue)];
    const count = random.whole(12, 15);
    for (let order = 0; order < count; order += 1) {
      script
        .pause(500, 2_500)
        .add({ do: 'order', order: orderOf(customer, currency, [itemOf(product, currency)]) });
    }
    return planted('order_velocity', 'customer', customer.id);
  },

  /** Over 10 times the customer's median, once 5 orders are known. */
  amount_outlier(script, random, people) {
    const customer = people.create(random);
    const currency = anyCurrency(random);
    const usual = random.pick(catalogue.filter(({ cents }) => cents < 1_500));
    for (let order = 0; order < 6; order += 1) {
      script
        .pause(500, 3_000)
        .add({ do: 'order', order: orderOf(customer, currency, [itemOf(usual, currency)]) });
      script.add({ do: 'pay', method: 'card' });
    }
    const much = orderOf(customer, currency, [itemOf(usual, currency, random.whole(25, 60))]);
    script.pause(3_000, 5_000).add({ do: 'order', order: much }).add({ do: 'pay', method: 'card' });
    return planted('amount_outlier', 'customer', customer.id);
  },

  /** 3 failed payments for one customer's orders within 10 minutes. */
  failed_payments(script, random, people) {
    const customer = people.create(random);
    const currency = anyCurrency(random);
    const order = orderOf(customer, currency, [itemOf(random.popular(catalogue), currency)]);
    script.pause().add({ do: 'order', order });
    const count = random.whole(3, 6);
    for (let attempt = 0; attempt < count; attempt += 1) {
      script.pause(300, 2_000).add({ do: 'pay', method: 'card', failureCode: 'card_declined' });
    }
    return planted('failed_payments', 'customer', customer.id);
  },

  /** One e-mail used by 5 customers within 24 h. */
  shared_contact(script, random, people) {
    const currency = anyCurrency(random);
    const { email } = people.create(random);
    const count = random.whole(5, 8);
    for (let order = 0; order < count; order += 1) {
      const customer = { ...people.create(random), email, phone: undefined };
      const items = [itemOf(random.popular(catalogue), currency)];
      script.pause(500, 3_000).add({ do: 'order', order: orderOf(customer, currency, items) });
    }
    return planted('shared_contact', 'contact', email);
  },
};

function planted(
  rule: FraudRule,
  subject_type: PlantedFraud['subject_type'],
  subject_id: string,
): PlantedFraud {
  return { rule, subject_type, subject_id };
}
