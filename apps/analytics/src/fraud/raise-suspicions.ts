import { Inject, Injectable } from '@nestjs/common';
import { emit, fraudSuspected, type Emission, type Envelope } from '@orderstream/events';
import type { Transaction } from '@orderstream/transactional';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';
import type { Suspicion } from './suspicion.ts';
import { SuspicionStore } from './suspicion-store.ts';

/** Makes alerts of suspicions: each once. */
@Injectable()
export class RaiseSuspicions {
  constructor(
    @Inject(SuspicionStore) private readonly store: SuspicionStore,
    @Inject(WarehouseNews) private readonly news: WarehouseNews,
  ) {}

  /**
   * @param causes the event that brought it to light, by subject_id
   * @returns what is to be told: those that do not overlap with one that was told before
   */
  async raise(
    tx: Transaction,
    suspicions: readonly Suspicion[],
    causes: ReadonlyMap<string, Envelope | undefined>,
  ): Promise<Emission[]> {
    const raised = await this.store.add(tx, suspicions);
    if (raised.length > 0) tx.afterCommit(() => this.news.tell());
    return raised.map((suspicion) => emit(fraudSuspected, suspicion, causes.get(suspicion.subject_id)));
  }
}
