import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { describeError } from './describe-error.ts';
import type { LogLevel } from './log-levels.ts';

/**
 * The process' log: one JSON object per line on standard output, or lines for people when that is a terminal. Written before
 * the call returns, so that the last words of a dying process are kept.
 */
export function createLogger(options: { service: string; level: LogLevel }): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: describeError },
    },
    process.stdout.isTTY
      ? pretty({
          sync: true,
          colorize: true,
          ignore: 'pid,service',
          translateTime: 'HH:MM:ss.l',
          singleLine: true,
        })
      : pino.destination({ fd: 1, sync: true }),
  );
}
