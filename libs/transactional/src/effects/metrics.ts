import { Counter } from 'prom-client';

/**
 * Of transactions for events of several partitions: `applied`; `apart`, when one of the runs needed a closer look; `failed`. After the latter two each
 * run was applied by itself: many of them are double work.
 */
export const sharedTransactionsTotal = new Counter({
  name: 'orderstream_shared_transactions_total',
  help: 'Transactions for the records of several partitions, by what became of them.',
  labelNames: ['group', 'outcome'],
});
