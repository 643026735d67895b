import { Inject, Injectable } from '@nestjs/common';
import { EventProducer } from '@orderstream/events';
import { READINESS, type ReadinessReport, type ReportsReadiness } from '@orderstream/service';

/** As contract.md says: not ready once Kafka has not answered for so long. An answer that it takes nothing is none that helps. */
const FAILING_MS = 10_000;

/** Reports whether what POSTs become can be sent. A topic that alone does not work is named in the log; the others are served. */
@Injectable()
export class ProducerReadiness implements ReportsReadiness {
  constructor(@Inject(EventProducer) private readonly producer: Pick<EventProducer, 'health'>) {}

  [READINESS](): ReadinessReport {
    const health = this.producer.health();
    const failingMs = Date.now() - (health.failingSinceMs ?? Date.now());
    return { name: 'producer', ready: failingMs < FAILING_MS, detail: { ...health } };
  }
}
