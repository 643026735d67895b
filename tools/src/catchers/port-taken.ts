import { PlatformError } from '../platform/platform-error.ts';
import { portHolder } from '../platform/ports.ts';

/** A place to listen: `title` says in messages what it is for, `option` is the flag that moves it. */
export interface ListenAt {
  readonly title: string;
  readonly option: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/** What listening failed with, as the person at the terminal should read it. */
export function explainListenError(error: Error, { title, option, host, port }: ListenAt): Error {
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error;
  const holder = portHolder(port);
  const by = holder ? `process ${holder.pid} (${holder.command.slice(0, 80)})` : 'another program';
  return new PlatformError(
    'port-taken',
    `Port ${port} of ${host}, where ${title} should listen, is taken by ${by}. Stop that, or choose another port with ${option}.`,
    [],
    { cause: error },
  );
}
