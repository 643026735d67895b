import Sequencer from '@jest/test-sequencer';

/** Roughly how long the longest end-to-end tests take, seconds, by how their paths begin. A fresh checkout has no earlier run to know it from. */
const SECONDS = {
  'system/': 150,
  'rebuild/': 110,
  'replay/': 90,
  'order/': 70,
  'simulate/': 50,
  'start/': 50,
};

/** As Jest's own, which begins with what took longest the last time; where there was none, with these. */
export default class LongestFirst extends Sequencer {
  time(test) {
    const [, path] = test.path.split(/\btools[\\/]test[\\/]/);
    const [, seconds = 0] = Object.entries(SECONDS).find(([start]) => path?.startsWith(start)) ?? [];
    return super.time(test) ?? (path?.endsWith('.e2e-spec.ts') ? seconds * 1_000 : undefined);
  }
}
