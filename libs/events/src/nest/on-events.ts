import { SetMetadata } from '@nestjs/common';
import type { HandlerOptions } from '../consumer/subscription.ts';
import type { EventContract, EventOf } from '../contract.ts';
import type { Emission } from '../event.ts';
import type { ConsumerGroup } from '../topics.ts';

/** What `@OnEvents` says of a method. */
export interface OnEventsMetadata {
  readonly group: ConsumerGroup;
  readonly contracts: readonly EventContract[];
  readonly options: HandlerOptions;
}

export const ON_EVENTS = 'orderstream:on-events';

type HandlerMethod<C extends EventContract> = (
  events: EventOf<C>[],
  tx: never,
) => Promise<readonly Emission[] | void>;

/**
 * Makes a provider's method the handler of these event types in `group`. It gets events of one partition or of several, those of a
 * partition in their order, many at a time, and the transaction its effect must use; what it returns is published if and only if that
 * transaction commits. It may be called again with the same events after a failure, never with events whose effect is committed. Two
 * calls run at the same time only for different partitions.
 *
 * It throws TransientError when something it needs is away, PermanentError when a record can never be processed; any other error
 * is tried a few times and then dead-letters the record it belongs to, not its neighbours.
 *
 * @example
 * ```ts
 * \@OnEvents('worker', orderCreated)
 * async apply(events: EventOf<typeof orderCreated>[], tx: Transaction): Promise<Emission[]> { … }
 * ```
 */
export function OnEvents<const C extends readonly EventContract[]>(
  group: ConsumerGroup | ({ readonly group: ConsumerGroup } & HandlerOptions),
  ...contracts: C
) {
  const { group: name, ...options } = typeof group === 'string' ? { group } : group;
  const metadata: OnEventsMetadata = { group: name, contracts, options };
  return <M extends HandlerMethod<C[number]>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    SetMetadata(ON_EVENTS, metadata)(target, key, descriptor);
  };
}
