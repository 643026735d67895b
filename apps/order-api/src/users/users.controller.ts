import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { userRegistered, uuidv7 } from '@orderstream/events';
import { BodyPipe } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Acceptance } from '../acceptance/acceptance.ts';
import { NewUser } from './user-body.ts';

/** POST /v1/users. Who registers again replaces the details: the newest event counts. */
@Controller('v1/users')
export class UsersController {
  constructor(@Inject(Acceptance) private readonly acceptance: Acceptance) {}

  @Post()
  register(
    @Body(new BodyPipe(NewUser)) body: NewUser,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.acceptance.accept(request, reply, {
      contract: userRegistered,
      body,
      payload: () => ({ ...body, user_id: body.user_id ?? uuidv7() }),
      id: 'user_id',
    });
  }
}
