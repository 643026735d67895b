import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { paymentFailed, paymentProcessed, uuidv7 } from '@orderstream/events';
import { BodyPipe } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Acceptance } from '../acceptance/acceptance.ts';
import { NewPayment } from './payment-body.ts';

/**
 * POST /v1/payments, as a provider's webhook calls it: repeated, late, before the order. Nothing is looked up: whether the payment
 * fits its order is the worker's to say. A provider that repeats itself is recognised by its `payment_id`.
 */
@Controller('v1/payments')
export class PaymentsController {
  constructor(@Inject(Acceptance) private readonly acceptance: Acceptance) {}

  @Post()
  receive(
    @Body(new BodyPipe(NewPayment)) body: NewPayment,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { outcome, payment_id, ...payment } = body;
    return this.acceptance.accept(request, reply, {
      contract: outcome === 'failed' ? paymentFailed : paymentProcessed,
      body,
      payload: () => ({ payment_id: payment_id ?? uuidv7(), ...payment }),
      id: 'payment_id',
    });
  }
}
