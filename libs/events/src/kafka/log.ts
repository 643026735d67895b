/** One line for the operator. `detail` never holds payload values. */
export interface LogEntry {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Where this library's log lines go; the Nest glue hands in the service's own logger. */
export type LogSink = (entry: LogEntry) => void;

/** Drops everything: for tools that report on their own. */
export const silentLog: LogSink = () => undefined;
