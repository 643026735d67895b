import type { ComparedBefore } from './differing-rows.ts';
import type { TableChange } from './exchange-table.ts';
import type { ProjectionTable } from './projection.ts';

/** The tables in the order of their exchange, with when they were compared. */
export type Compared = readonly { readonly table: ProjectionTable; readonly since: ComparedBefore }[];

/** What an exchange did, or would do. */
export interface Exchanged {
  readonly changes: readonly TableChange[];
  /** How long the group was held up. */
  readonly heldUpMs: number;
}
