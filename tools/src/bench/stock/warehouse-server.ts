import 'reflect-metadata';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';

/** The stock way to fill a warehouse: `@EventPattern`, TypeORM's `save`, one row per event; no session, no rollup. Kept small. */
@Entity('web_events')
class WebEventEntity {
  @PrimaryColumn('uuid') event_id!: string;
  @Column('text') event_type!: string;
  @Column('text') session_id!: string;
  @Column('timestamptz') occurred_at!: string;
  @Column('jsonb') properties!: unknown;
}

interface WebEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly timestamp: string;
  readonly payload: { readonly session_id: string; readonly properties: unknown };
}

@Injectable()
@Controller()
class WebEventsController {
  constructor(@InjectRepository(WebEventEntity) private readonly events: Repository<WebEventEntity>) {}

  @EventPattern('web-events')
  async onEvent(@Payload() event: WebEvent): Promise<boolean> {
    const { event_id, event_type, timestamp: occurred_at, payload } = event;
    const { session_id, properties } = payload;
    await this.events.save({ event_id, event_type, session_id, occurred_at, properties });
    return true;
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'] ?? '',
      entities: [WebEventEntity],
      synchronize: true,
    }),
    TypeOrmModule.forFeature([WebEventEntity]),
  ],
  controllers: [WebEventsController],
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
