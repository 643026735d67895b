import { orders } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import { Orderstream, orderstream, orderstreamJson } from '../cli/orderstream.ts';

interface Report {
  readonly window_seconds: number;
  readonly groups: {
    group: string;
    topic: string;
    verdict: string | null;
    records: number;
    seconds: number;
  }[];
}

describe('orderstream lag', () => {
  it('--json: every group on every topic it reads, judged over the window', async () => {
    const report = await orderstreamJson<Report>(['lag', '--window', '1s', '--all']);
    expect(report.window_seconds).toBe(1);
    for (const group of orders.groups) {
      const found = report.groups.find((each) => each.group === group && each.topic === orders.name);
      expect(['OK', 'WARN', 'STALLED', 'STOPPED']).toContain(found?.verdict);
    }
    expect(report.groups.map(({ topic }) => topic)).toContain('orders.worker.retry');
  });

  it('--group: only that group, as a table', async () => {
    const { code, stdout } = await orderstream(['lag', '--window', '1s', '--group', 'notifier']);
    expect(code).toBe(0);
    const [head, ...lines] = stdout.trim().split('\n');
    expect(head).toMatch(/^GROUP +TOPIC +VERDICT +RECORDS +BEHIND +INSTANCES +WHAT HELPS$/);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.every((line) => line.startsWith('notifier '))).toBe(true);
  });

  it('Kafka is not there: one sentence with the way out, exit code 1; an unknown group: exit code 2', async () => {
    const away = await orderstream(['lag', '--brokers', '127.0.0.1:1']);
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toContain('Kafka at 127.0.0.1:1 did not answer');
    expect((await orderstream(['lag', '--group', 'nobody'])).code).toBe(2);
  });

  it('stopped before its window is over: nothing to be taken for a verdict, exit code 1; with --watch: 0', async () => {
    const once = new Orderstream(['lag', '--window', '1h', '--json']);
    await eventually(() => expect(once.stderr).toContain('Looking for 3600 s'));
    const { code, stdout, stderr } = await once.interrupt();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('stopped before the window was over');
    const watching = new Orderstream(['lag', '--watch', '--json']);
    await eventually(() => expect(watching.lines).not.toEqual([]));
    expect((await watching.interrupt()).code).toBe(0);
  });

  it('a window too short to judge by: used wrongly', async () => {
    const { code, stderr } = await orderstream(['lag', '--window', '500ms']);
    expect(code).toBe(2);
    expect(stderr).toContain('a --window is one second at least');
  });
});
