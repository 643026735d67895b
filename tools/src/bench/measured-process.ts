import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessUse {
  /** CPU time, user and system, s. */
  readonly cpuSeconds: number;
  /** Resident memory now, bytes. */
  readonly residentBytes: number;
}

/** Ticks of /proc/<pid>/stat; 100 on every Linux that Node runs on (sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const IDLE_WINDOW_MS = 500;
const READY_DEADLINE_MS = 30_000;
const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

/** Whether processes can be kept to one core here; without that a figure is "on whatever core was free". */
export const canPin = hasTaskset;

/** Those that run now. */
const running = new Set<MeasuredProcess>();
let isOver = false;

/** Ends all that runs, however a benchmark ended, and lets none begin any more: what was under way may still try. */
export async function stopMeasured(): Promise<void> {
  isOver = true;
  await Promise.all([...running].map((process) => process.stop()));
}

/** A program under measurement: a Node process of its own, on one core where that is asked for. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #output: string[] = [];

  constructor(file: string, options: { env: NodeJS.ProcessEnv; core?: number; flags?: readonly string[] }) {
    if (isOver) throw new Error(`${file} is not started: the benchmark is over`);
    const node = [process.execPath, ...(options.flags ?? []), file] as const;
    const [command, ...args] =
      options.core !== undefined && hasTaskset
        ? (['taskset', '-c', String(options.core), ...node] as const)
        : node;
    this.#child = spawn(command, args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this);
    this.#child.once('exit', () => running.delete(this));
    const keep = (data: Buffer): void => {
      this.#output.push(data.toString());
      if (this.#output.length > 200) this.#output.splice(0, 100);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  /** The program runs on when it does not answer. @throws Error with the program's last output when `url` does not answer 2xx in time, or the program ends */
  async untilAnswers(url: string): Promise<this> {
    const endMs = Date.now() + READY_DEADLINE_MS;
    while (Date.now() < endMs && !this.#hasEnded) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.ok) return this;
      await sleep(50);
    }
    throw new Error(`${url} does not answer; last output:\n${this.#output.join('').slice(-2000)}`);
  }

  use(): ProcessUse {
    return processUse(this.#child.pid as number);
  }

  /** What it has used once it has nothing more to do: less than a tenth of a core over half a second. */
  async untilIdle(): Promise<ProcessUse> {
    for (let before = this.use(); ;) {
      await sleep(IDLE_WINDOW_MS);
      const now = this.use();
      if (now.cpuSeconds - before.cpuSeconds < IDLE_WINDOW_MS / 10_000) return now;
      before = now;
    }
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** What the kernel says of a process. Linux only. */
export function processUse(pid: number): ProcessUse {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name in parentheses: field 3 onwards; utime is 14, stime 15, rss 24 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}
