import { jest } from '@jest/globals';
import { listenForStop } from '../../src/stop-request.ts';

describe('listenForStop', () => {
  const exit = jest.fn();
  let now = 0;
  beforeEach(() => {
    exit.mockClear();
    now = 0;
    jest.spyOn(process, 'exit').mockImplementation(exit as unknown as typeof process.exit);
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.removeAllListeners(signal);
  });

  it('one Ctrl-C that arrives three times: one wish to stop', async () => {
    const onFirst = jest.fn();
    const stop = listenForStop(onFirst);
    for (let times = 0; times < 3; times += 1) process.emit('SIGINT');
    await stop.requested;
    expect(stop.signal.aborted).toBe(true);
    expect(onFirst).toHaveBeenCalledTimes(1);
    expect(exit).not.toHaveBeenCalled();
  });

  it('a second Ctrl-C, later: the process ends at once', () => {
    listenForStop();
    process.emit('SIGINT');
    now = 1_001;
    process.emit('SIGINT');
    expect(exit).toHaveBeenCalledWith(130);
  });

  it('the process that started this one is gone: a wish to stop', async () => {
    const stop = listenForStop();
    process.emit('disconnect');
    await stop.requested;
    expect(stop.signal.aborted).toBe(true);
  });
});
