import { delimiter, join } from 'node:path';
import { modules } from './paths.mjs';

/** For everything that the set-up starts: the project's own Node and tools first, Nx without daemon, cloud and questions. */
export const environment = {
  ...process.env,
  PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter),
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_INTERACTIVE: 'false',
};
