import { type DynamicModule, Module } from '@nestjs/common';
import { ProducerReadiness } from '../publishing/producer-readiness.ts';
import { Acceptance } from './acceptance.ts';

/** Turns POSTs into events, each with its `Idempotency-Key`. Whoever needs the key alone has it from here as well. */
@Module({})
export class AcceptanceModule {
  /** @param idempotency its module */
  static register(idempotency: DynamicModule): DynamicModule {
    return {
      module: AcceptanceModule,
      imports: [idempotency],
      providers: [Acceptance, ProducerReadiness],
      exports: [Acceptance, idempotency],
    };
  }
}
