import { type DynamicModule, Module } from '@nestjs/common';
import { CancelOrderController } from './cancel-order.controller.ts';
import { Cancellable } from './cancellable.ts';

/** Cancelling an order. */
@Module({})
export class CancellationModule {
  /** @param imports the modules of acceptance and the read model */
  static register(...imports: DynamicModule[]): DynamicModule {
    return {
      module: CancellationModule,
      imports,
      controllers: [CancelOrderController],
      providers: [Cancellable],
    };
  }
}
