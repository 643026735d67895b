import { Module } from '@nestjs/common';
import { WarehouseModule } from '../warehouse/warehouse.module.ts';
import { ProjectUsers } from './project-users.ts';
import { UserStore } from './user-store.ts';

/** The users: how they get into the warehouse. */
@Module({
  imports: [WarehouseModule],
  providers: [{ provide: UserStore, useFactory: () => new UserStore() }, ProjectUsers],
})
export class UsersModule {}
