import { comesBackUntilItIsStopped } from './comes-back-until-it-is-stopped.ts';
import { survivesAKill9 } from './data-survives-a-kill-9.ts';
import { KeptPlatform } from './kept-platform.ts';
import { restartKeepsData, startsBesideAStalePidFile } from './restart-keeps-data.ts';

let kept: KeptPlatform;
beforeAll(async () => void (kept = await KeptPlatform.inEmptyDirectory()));
afterAll(() => kept.remove(), 60_000);

// Starts of Kafka are what takes long: each suite goes on with the platform that the one before it has left up. The first wants an empty
// directory, the last one in which nothing runs any more.
restartKeepsData(() => kept);
survivesAKill9(() => kept);
comesBackUntilItIsStopped(() => kept);
startsBesideAStalePidFile(() => kept);
