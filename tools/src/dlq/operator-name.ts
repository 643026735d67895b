import { userInfo } from 'node:os';
import { UsedWrongly } from '../log/operation-refused.ts';

/**
 * Who decides, as it is written down: `--by`, else the user of this machine. A container may run as a user that has no name; a dry run
 * writes nothing down and needs none.
 * @throws UsedWrongly
 */
export function operatorName(
  { by, dryRun }: { readonly by?: string; readonly dryRun?: boolean },
  userName = (): string => userInfo().username,
): string {
  if (by !== undefined) return by;
  try {
    return userName();
  } catch (error) {
    if (dryRun) return '';
    throw new UsedWrongly('say who with --by <name>: the user of this machine has no name', { cause: error });
  }
}
