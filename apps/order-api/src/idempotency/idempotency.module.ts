import { type DynamicModule, Module } from '@nestjs/common';
import { CALLER_HEADER, Idempotency } from './idempotency.ts';
import { IdempotentRequests } from './idempotent-requests.ts';
import { KEY_RETENTION_MS, KeyPurge } from './key-purge.ts';
import { KeyStore } from './key-store.ts';

export interface IdempotencyOptions {
  readonly retentionMs: number;
  readonly callerHeader: string | undefined;
}

/** Gives every POST its `Idempotency-Key`. */
@Module({})
export class IdempotencyModule {
  static register({ retentionMs, callerHeader }: IdempotencyOptions): DynamicModule {
    return {
      module: IdempotencyModule,
      providers: [
        KeyStore,
        KeyPurge,
        IdempotentRequests,
        Idempotency,
        { provide: KEY_RETENTION_MS, useValue: retentionMs },
        { provide: CALLER_HEADER, useValue: callerHeader },
      ],
      exports: [Idempotency],
    };
  }
}
