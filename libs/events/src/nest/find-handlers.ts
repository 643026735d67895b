import { type DiscoveryService, type MetadataScanner, Reflector } from '@nestjs/core';
import type { HandleEvents } from '../consumer/effect-store.ts';
import type { Handler } from '../consumer/subscription.ts';
import type { ConsumerGroup } from '../topics.ts';
import { ON_EVENTS, type OnEventsMetadata } from './on-events.ts';

type Instance = Record<string, HandleEvents>;

/**
 * The handlers of a group among the application's providers. They are called directly: Nest's RPC pipeline would hide errors in
 * Observables and replace them (docs/adr/0002), and guards, pipes and interceptors have no say in what an event is.
 */
export function findHandlers(
  group: ConsumerGroup,
  discovery: DiscoveryService,
  scanner: MetadataScanner,
): Handler[] {
  const reflector = new Reflector();
  const handlers: Handler[] = [];
  for (const { instance } of discovery.getProviders() as { instance: Instance | undefined }[]) {
    if (typeof instance !== 'object' || instance === null) continue;
    for (const name of scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object)) {
      const method = instance[name] as HandleEvents;
      const metadata = reflector.get<OnEventsMetadata | undefined>(ON_EVENTS, method);
      if (metadata?.group !== group) continue;
      const { contracts, options } = metadata;
      handlers.push({ contracts, options, handle: (events, tx) => method.call(instance, events, tx) });
    }
  }
  return handlers;
}
