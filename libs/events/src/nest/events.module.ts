import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { EFFECT_STORE, type EffectStore } from '../consumer/effect-store.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { EventProducer, type ProducerOptions } from '../producer/event-producer.ts';
import type { ConsumerGroup } from '../topics.ts';
import { EventServer } from './event-server.ts';
import { findHandlers } from './find-handlers.ts';
import { nestLog } from './nest-log.ts';

export interface EventsModuleOptions {
  readonly kafka: Omit<KafkaSettings, 'log'>;
  /** The consumer groups this service runs. Their handlers are the providers' `@OnEvents` methods. */
  readonly groups: readonly ConsumerGroup[];
  readonly producer?: ProducerOptions;
}

/** Injection token of a group's EventServer. */
export function eventServerToken(group: ConsumerGroup): symbol {
  return Symbol.for(`orderstream.event-server.${group}`);
}

/** Gives a service its EventProducer and one EventServer per consumer group. Needs an EFFECT_STORE from libs/transactional. */
@Module({})
export class EventsModule implements OnApplicationShutdown {
  readonly #producer: EventProducer;

  constructor(@Inject(EventProducer) producer: EventProducer) {
    this.#producer = producer;
  }

  static register(options: EventsModuleOptions): DynamicModule {
    const kafka: KafkaSettings = { ...options.kafka, log: nestLog('events') };
    return {
      module: EventsModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        { provide: EventProducer, useFactory: () => new EventProducer(kafka, options.producer) },
        ...options.groups.map((group) => serverProvider(group, kafka)),
      ],
      exports: [EventProducer, ...options.groups.map(eventServerToken)],
    };
  }

  /** The last phase of Nest's shutdown: consumers have drained by then, and their dead letters are out. */
  async onApplicationShutdown(): Promise<void> {
    await this.#producer.close();
  }
}

function serverProvider(group: ConsumerGroup, kafka: KafkaSettings): Provider {
  return {
    provide: eventServerToken(group),
    inject: [EFFECT_STORE, EventProducer, DiscoveryService, MetadataScanner],
    useFactory: (
      store: EffectStore,
      producer: EventProducer,
      discovery: DiscoveryService,
      scanner: MetadataScanner,
    ) =>
      new EventServer({
        group,
        kafka,
        store,
        producer,
        handlers: () => findHandlers(group, discovery, scanner),
      }),
  };
}
