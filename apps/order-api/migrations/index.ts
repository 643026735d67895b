import type { MigrationClass } from '@orderstream/transactional';
import { CreateReadModel1750000200001 } from './1750000200001-create-read-model.ts';
import { CreateIdempotencyKeys1750000200002 } from './1750000200002-create-idempotency-keys.ts';
import { CreateLateOrders1750000200003 } from './1750000200003-create-late-orders.ts';
import { AddUntoldAnswers1750000200004 } from './1750000200004-add-untold-answers.ts';

/** The service's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [
  CreateReadModel1750000200001,
  CreateIdempotencyKeys1750000200002,
  CreateLateOrders1750000200003,
  AddUntoldAnswers1750000200004,
];
