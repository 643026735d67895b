import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventProducer, type KafkaSettings } from '@orderstream/events';
import { Admission } from './admission.ts';
import { CollectWebEvents, WEB_EVENT_PRODUCER, WEB_EVENT_QUEUE_BYTES } from './collect-web-events.ts';
import { WebEventsController } from './web-events.controller.ts';

/** The collector of web events. It has a producer of its own, with a queue and connections of its own. */
@Module({})
export class WebEventsModule implements OnApplicationShutdown {
  constructor(@Inject(WEB_EVENT_PRODUCER) private readonly producer: EventProducer) {}

  /** @param idempotency its module, or one that exports it */
  static register(kafka: KafkaSettings, idempotency: DynamicModule): DynamicModule {
    const settings = { ...kafka, clientId: `${kafka.clientId}-web-events` };
    const useFactory = (): EventProducer =>
      new EventProducer(settings, { maxQueueBytes: WEB_EVENT_QUEUE_BYTES });
    return {
      module: WebEventsModule,
      imports: [idempotency],
      controllers: [WebEventsController],
      providers: [Admission, CollectWebEvents, { provide: WEB_EVENT_PRODUCER, useFactory }],
    };
  }

  /** The last phase of Nest's shutdown: the requests under way have been answered by then. */
  async onApplicationShutdown(): Promise<void> {
    await this.producer.close();
  }
}
