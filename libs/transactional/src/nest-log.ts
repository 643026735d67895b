import { Logger } from '@nestjs/common';
import type { LogSink } from '@orderstream/events';

const METHODS = { error: 'error', warn: 'warn', info: 'log', debug: 'debug' } as const;

/** Sends the library's lines to the service's Nest logger. */
export function nestLog(context: string): LogSink {
  const logger = new Logger(context);
  return ({ level, message, detail }) => logger[METHODS[level]]({ message, ...detail });
}
