// What `npm start` and `npm test` run. Plain JavaScript on the system's Node, because on a fresh checkout there is nothing else yet:
// it installs, builds, and hands over to the CLI on the Node that the project pins.
import { setUpAndRun } from './setup/run.mjs';

process.exitCode = await setUpAndRun(process.argv.slice(2));
