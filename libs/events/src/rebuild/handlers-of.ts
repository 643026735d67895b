import { Reflector } from '@nestjs/core';
import type { HandleEvents } from '../consumer/effect-store.ts';
import type { Handler } from '../consumer/subscription.ts';
import { ON_EVENTS, type OnEventsMetadata } from '../nest/on-events.ts';
import type { ConsumerGroup } from '../topics.ts';

/** What the methods of one object that carry `@OnEvents` of that group handle: for those who call them outside of an application. */
export function handlersOf(group: ConsumerGroup, instance: object): Handler[] {
  const reflector = new Reflector();
  const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const method = prototype[name];
    if (name === 'constructor' || typeof method !== 'function') return [];
    const metadata = reflector.get<OnEventsMetadata | undefined>(ON_EVENTS, method);
    if (metadata?.group !== group) return [];
    const { contracts, options } = metadata;
    return [
      { contracts, options, handle: (events, tx) => (method as HandleEvents).call(instance, events, tx) },
    ];
  });
}
