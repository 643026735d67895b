import { types } from 'node:util';

/** The SQLSTATE of an error that PostgreSQL itself raised. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!types.isNativeError(error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code.length === 5 ? error.code : undefined;
}
