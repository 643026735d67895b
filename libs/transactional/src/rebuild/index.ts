export type { CarryOver, ExchangeContext, Projection, ProjectionTable } from './projection.ts';
export { RebuildRefused } from './rebuild-refused.ts';
export { runRebuild, type Dropped, type RebuildOutput } from './run-rebuild.ts';
export type { RebuildOptions, RebuildReport } from './rebuild.ts';
export type { TableChange } from './exchange-table.ts';
