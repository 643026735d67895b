import { Module, type DynamicModule } from '@nestjs/common';
import { AwaitRuling } from './await-ruling.ts';
import { OrderStreams } from './order-streams.ts';
import { OrdersController } from './orders.controller.ts';
import { PlaceOrderController } from './place-order.controller.ts';
import { StreamOrderController } from './stream-order.controller.ts';

/** Orders over REST: placing them, reading them, following them. */
@Module({})
export class OrdersModule {
  /** @param imports the modules of acceptance and the read model */
  static register(...imports: DynamicModule[]): DynamicModule {
    return {
      module: OrdersModule,
      imports,
      controllers: [PlaceOrderController, OrdersController, StreamOrderController],
      providers: [AwaitRuling, OrderStreams],
    };
  }
}
