/** Deeper causes than this repeat what was said. */
const MAX_CAUSES = 5;
const MAX_STACK_LINES = 20;

export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
  readonly errors?: readonly ErrorDescription[];
}

/**
 * An error as it may stand in a log. Only what is known to hold no personal data: drivers hang rows, parameters and whole SMTP
 * dialogues on their errors, and those are left out; e-mail addresses, phone numbers and passwords in URLs are struck from texts.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, message: withoutPersonalData(String(error)) };
  const code: unknown = (error as { code?: unknown }).code;
  const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const isDeep = depth >= MAX_CAUSES;
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    message: withoutPersonalData(error.message),
    ...(error.stack === undefined ? {} : { stack: framesOf(error.stack) }),
    ...(error.cause === undefined || isDeep ? {} : { cause: describeError(error.cause, depth + 1) }),
    ...(errors.length === 0 || isDeep
      ? {}
      : { errors: errors.slice(0, MAX_CAUSES).map((inner) => describeError(inner, depth + 1)) }),
  };
}

/** The calls only: the stack's first lines repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_STACK_LINES)
    .join('\n');
}

/** The text with every e-mail address, E.164 number and `user:password@host` replaced. */
export function withoutPersonalData(text: string): string {
  return text
    .replace(/\/\/[^\s/@]+@/g, '//')
    .replace(/[^\s<>"'(),;:/]+@[^\s<>"'(),;:/]+/g, '<e-mail>')
    .replace(/\+[1-9]\d{6,14}\b/g, '<phone>');
}
