import { Problem } from '@orderstream/service';

/** 404 for an id that belongs to no order, or to none that has arrived here yet. */
export function noSuchOrder(): Problem {
  return new Problem({
    status: 404,
    kind: 'no-such-order',
    title: 'No such order',
    detail: 'No order has this id.',
  });
}
