import 'reflect-metadata';
import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Module,
  Post,
  ValidationPipe,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientKafka, ClientsModule, Transport } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsEmail,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { randomUUID } from 'node:crypto';
import { firstValueFrom } from 'rxjs';

/** The stock way to accept an order, as Nest's documentation shows it: Express, class-validator, `ClientKafka.emit`. Kept small. */
class ItemDto {
  @IsString() @Length(1, 64) sku!: string;
  @IsInt() @Min(1) @Max(10_000) quantity!: number;
  @IsInt() @Min(0) @Max(1e12) unit_amount!: number;
}

class ContactDto {
  @IsOptional() @IsEmail() email?: string;
  @IsOptional() @IsString() phone?: string;
}

class OrderDto {
  @IsString() @Length(1, 64) customer_id!: string;
  @IsString() @Length(3, 3) currency!: string;
  @ValidateNested({ each: true }) @Type(() => ItemDto) @ArrayMinSize(1) @ArrayMaxSize(100) items!: ItemDto[];
  @IsOptional() @ValidateNested() @Type(() => ContactDto) contact?: ContactDto;
}

@Controller()
class OrdersController implements OnModuleInit {
  constructor(@Inject('KAFKA') private readonly kafka: ClientKafka) {}

  async onModuleInit(): Promise<void> {
    await this.kafka.connect();
  }

  @Post('v1/orders')
  @HttpCode(202)
  async create(@Body() body: OrderDto): Promise<object> {
    const order_id = randomUUID();
    const amount_total = body.items.reduce((sum, item) => sum + item.quantity * item.unit_amount, 0);
    const value = {
      event_id: randomUUID(),
      event_type: 'order.created',
      schema_version: 1,
      timestamp: new Date().toISOString(),
      source: 'stock',
      correlation_id: order_id,
      causation_id: null,
      payload: { order_id, ...body, amount_total },
    };
    await firstValueFrom(this.kafka.emit(process.env['TOPIC'], { key: order_id, value }));
    return { order_id, event_id: value.event_id, status: 'accepted', currency: body.currency, amount_total };
  }
}

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'KAFKA',
        transport: Transport.KAFKA,
        options: {
          client: { clientId: 'stock', brokers: (process.env['KAFKA_BROKERS'] ?? '').split(',') },
          producerOnlyMode: true,
          send: { acks: -1 },
        },
      },
    ]),
  ],
  controllers: [OrdersController],
})
class StockModule {}

const app = await NestFactory.create(StockModule, { logger: ['error'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
app.enableShutdownHooks();
app
  .getHttpAdapter()
  .get('/ready', (_request: unknown, response: { send(body: string): void }) => response.send('ok'));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
