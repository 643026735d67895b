#!/usr/bin/env node
// `npx orderstream …`: the same set-up check as `npm start` (a few milliseconds when there is nothing to do), then the CLI.
import { setUpAndRun } from '../setup/run.mjs';

process.exitCode = await setUpAndRun(process.argv.slice(2));
