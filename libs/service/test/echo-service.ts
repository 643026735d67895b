import {
  Body,
  ConflictException,
  Controller,
  Get,
  HttpException,
  Module,
  Param,
  Post,
  Req,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { BodyLimit, BodyPipe, Problem, Service, traceparentOf } from '../src/index.ts';

const Echo = Type.Object(
  {
    text: Type.String({ maxLength: 20 }),
    lines: Type.Optional(Type.Array(Type.Object({ count: Type.Integer() }, { additionalProperties: false }))),
  },
  { additionalProperties: false },
);

@Controller('v1/echo')
class EchoController {
  @Post()
  echo(@Body(new BodyPipe(Echo)) body: Static<typeof Echo>): unknown {
    return body;
  }

  @Post('anything')
  @BodyLimit(1_000)
  anything(@Body() body: unknown): { body: unknown } {
    return { body };
  }

  @Get('traces')
  trace(@Req() request: FastifyRequest): string[] {
    return [traceparentOf(request), traceparentOf(request)];
  }

  @Post('things/:id/parts')
  part(@Body() body: unknown): { body: unknown } {
    return { body };
  }

  @Get('things/:id')
  thing(@Param('id') id: string): { id: string } {
    return { id };
  }
}

@Controller('v1/failures')
class FailingController {
  @Get('unforeseen')
  unforeseen(): void {
    throw new Error('password=hunter2');
  }

  @Get('odd')
  odd(): void {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- some library will
    throw 'hunter2';
  }

  @Get('internal')
  internal(): void {
    throw new HttpException('hunter2', 500);
  }

  @Get('conflict')
  conflict(): void {
    throw new ConflictException('The order is already cancelled.');
  }

  @Get('busy')
  busy(): void {
    throw new Problem({
      status: 503,
      kind: 'not-accepted',
      title: 'The order was not accepted',
      detail: 'Kafka is away.',
      retryAfterSeconds: 7,
      members: { outcome: 'not-accepted', status: 200 },
    });
  }

  @Get('limited')
  limited(): void {
    throw new Problem({ status: 429 });
  }
}

@Module({ controllers: [EchoController, FailingController] })
class EchoModule {}

export const local = { http: { port: 0, host: '127.0.0.1' }, logLevel: 'silent' } as const;

/** What the service wrote to its log as an error, in the order it was written. */
export const loggedErrors: unknown[] = [];

const ignore = (): void => undefined;
const logger = {
  log: ignore,
  warn: ignore,
  fatal: ignore,
  error: (entry: unknown) => void loggedErrors.push(entry),
};

/** A small service on a free port, running until its test ends it. */
export async function startEchoService(): Promise<Service> {
  const service = await Service.create({ name: 'echo', config: local, module: EchoModule }, logger);
  await service.listen();
  await service.consume();
  return service;
}
