// Has a platform up until it is killed, as `npm start` has. Argument: startPlatform's options as JSON.
import { startPlatform } from '../../dist/platform/index.js';

await startPlatform(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write('up\n');
