/** What an operator is told of an error: its code or class. Its text may hold what is nobody's business. */
export function errorName(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'unknown error';
}
