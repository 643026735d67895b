import type { SmallSystem } from '../operations/small-system.ts';
import { carriesOverWhatTheLogLost } from './rebuild-carries-over-what-the-log-lost.ts';
import { killedHalfWayChangesNothing } from './rebuild-killed-half-way-changes-nothing.ts';
import { leavesOutWhatTheGroupGaveUp } from './rebuild-leaves-out-what-the-group-gave-up.ts';
import { swapsWithoutAGap } from './rebuild-swaps-without-a-gap.ts';
import { startWithOrders } from './rebuilt-system.ts';

let system: SmallSystem;
beforeAll(async () => {
  system = await startWithOrders();
}, 360_000);
afterAll(() => system.stop(), 60_000);

// Each leaves tables that agree with what the group has handled. The first wants nothing kept by an earlier rebuild, the second a whole log, and the
// third orders that are in every table; the last gives some of its own up. Within a suite a test goes on with what the one before it left: not
// every one runs alone with `-t`.
killedHalfWayChangesNothing(() => system);
swapsWithoutAGap(() => system);
carriesOverWhatTheLogLost(() => system);
leavesOutWhatTheGroupGaveUp(() => system);
