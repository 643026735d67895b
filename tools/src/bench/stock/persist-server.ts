import 'reflect-metadata';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';

/** The stock way to store an order: `@EventPattern`, TypeORM's `save`, one row, no outbox, no position. Kept small. */
@Entity('orders')
class OrderEntity {
  @PrimaryColumn('uuid') order_id!: string;
  @Column('text') customer_id!: string;
  @Column('text') status!: string;
  @Column('text') currency!: string;
  @Column('bigint') amount_total!: number;
  @Column('jsonb') items!: unknown;
  @Column('timestamptz') created_at!: string;
  @Column('timestamptz') updated_at!: string;
}

interface Created {
  readonly event_type: string;
  readonly timestamp: string;
  readonly payload: Omit<OrderEntity, 'status' | 'created_at' | 'updated_at'>;
}

@Injectable()
@Controller()
class OrdersController {
  constructor(@InjectRepository(OrderEntity) private readonly orders: Repository<OrderEntity>) {}

  @EventPattern('orders')
  async onOrder(@Payload() event: Created): Promise<boolean> {
    if (event.event_type !== 'order.created') return true;
    const { order_id, customer_id, currency, amount_total, items } = event.payload;
    const at = event.timestamp;
    const row = { order_id, customer_id, currency, amount_total, items, created_at: at, updated_at: at };
    await this.orders.save({ ...row, status: 'confirmed' });
    return true;
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'] ?? '',
      entities: [OrderEntity],
      synchronize: true,
    }),
    TypeOrmModule.forFeature([OrderEntity]),
  ],
  controllers: [OrdersController],
})
class StockModule {}

const app = await NestFactory.create(StockModule, { logger: ['error'] });
app.connectMicroservice<MicroserviceOptions>({
  transport: Transport.KAFKA,
  options: {
    client: { clientId: 'stock', brokers: (process.env['KAFKA_BROKERS'] ?? '').split(',') },
    consumer: { groupId: 'stock' },
    subscribe: { fromBeginning: true },
  },
});
app.enableShutdownHooks();
app
  .getHttpAdapter()
  .get('/ready', (_request: unknown, response: { send(body: string): void }) => response.send('ok'));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
await app.startAllMicroservices();
