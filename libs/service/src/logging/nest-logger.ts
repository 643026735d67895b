import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { withoutPersonalData } from './describe-error.ts';

/** Nest's own narration of its start. Wanted when wiring fails, noise in every other start. */
const NARRATORS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * Nest's logger over pino: `new Logger('Relay').log({ message: 'published', count })` becomes a line with these members. An
 * error among the arguments, or as `err`, is described without personal data.
 */
export class NestLogger implements LoggerService {
  readonly #pino: Logger;

  constructor(logger: Logger) {
    this.#pino = logger;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write(NARRATORS.has(contextOf(rest) ?? '') ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  /** Nest passes the context last, and a stack before it where one was given. */
  #write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = contextOf(rest);
    const { text, ...members } = membersOf([message, ...(context === undefined ? rest : rest.slice(0, -1))]);
    this.#pino[level]({ ...(context === undefined ? {} : { context }), ...members }, text);
  }
}

function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? last : undefined;
}

/** The line's text is the first one among the parts; objects become members, an error becomes `err`. */
function membersOf(parts: readonly unknown[]): Record<string, unknown> & { text?: string } {
  const members: Record<string, unknown> & { text?: string } = {};
  for (const part of parts) {
    if (part instanceof Error) {
      members.text ??= withoutPersonalData(part.message);
      members['err'] = part;
    } else if (typeof part === 'object' && part !== null) {
      const { message, ...more } = part as Record<string, unknown>;
      if (typeof message === 'string') members.text ??= message;
      Object.assign(members, more);
    } else if (typeof part === 'string' && part.includes('\n    at ')) {
      members['stack'] = withoutPersonalData(part);
    } else if (typeof part === 'string' || typeof part === 'number') {
      members.text ??= String(part);
    }
  }
  return members;
}
