import { delimiter, join } from 'node:path';
import { modules } from './paths.mjs';

/** For everything that the set-up starts: the project's own Node and tools first, Nx without daemon, cloud and questions. */
export const environment = {
  ...process.env,
  PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter),
  // A service's start compiles over 2,000 modules, a quarter of its CPU time: the second one finds them compiled.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(modules, '.cache', 'node-compile'),
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_INTERACTIVE: 'false',
};
