import { Inject, Injectable } from '@nestjs/common';
import { userRegistered } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';
import { userRowsOf, type UserRegistered } from './user-row.rules.ts';
import { UserStore } from './user-store.ts';

/** Keeps the users up to date. Emits nothing. */
@Injectable()
export class ProjectUsers {
  constructor(
    @Inject(UserStore) private readonly store: UserStore,
    @Inject(WarehouseNews) private readonly news: WarehouseNews,
  ) {}

  /** Events may come again and in any order: the latest registration of a user stays. */
  @OnEvents('analytics', userRegistered)
  async apply(events: UserRegistered[], tx: Transaction): Promise<void> {
    await this.store.merge(tx, userRowsOf(events));
    tx.afterCommit(() => this.news.tell());
  }
}
