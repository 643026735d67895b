// Has a platform up until it is killed, as `npm start` has. Argument: startPlatform's options as JSON.
import { setTimeout as delay } from 'node:timers/promises';
import { startPlatform } from '../../dist/platform/index.js';

const { attached } = await startPlatform(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${JSON.stringify({ attached })}\n`);
// One that only uses what runs already has no child to wait for.
await delay(2 ** 31 - 1);
