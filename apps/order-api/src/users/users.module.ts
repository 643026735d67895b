import { type DynamicModule, Module } from '@nestjs/common';
import { UsersController } from './users.controller.ts';

/** Customers who register. */
@Module({})
export class UsersModule {
  /** @param acceptance its module */
  static register(acceptance: DynamicModule): DynamicModule {
    return { module: UsersModule, imports: [acceptance], controllers: [UsersController] };
  }
}
