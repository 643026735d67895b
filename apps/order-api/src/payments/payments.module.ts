import { type DynamicModule, Module } from '@nestjs/common';
import { PaymentsController } from './payments.controller.ts';

/** Payments, as their providers report them. */
@Module({})
export class PaymentsModule {
  /** @param acceptance its module */
  static register(acceptance: DynamicModule): DynamicModule {
    return { module: PaymentsModule, imports: [acceptance], controllers: [PaymentsController] };
  }
}
