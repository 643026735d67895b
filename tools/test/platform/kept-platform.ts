import type { Platform, Restart } from '../../src/platform/index.ts';
import {
  findTraces,
  leaveTraces,
  scratchPlatform,
  type OtherProcess,
  type ScratchPlatform,
} from './scratch-platform.ts';

/**
 * One data directory through everything that is done to a platform: each test goes on with what the one before it left, so that not every
 * one runs alone with `-t`.
 */
export class KeptPlatform {
  /** How the attempts went to bring back what ended by itself in this process. */
  readonly restarts: Restart[] = [];
  readonly #traces: string[] = [];
  #here: Platform | undefined;
  #other: OtherProcess | undefined;

  private constructor(private readonly scratch: ScratchPlatform) {}

  static async inEmptyDirectory(): Promise<KeptPlatform> {
    return new KeptPlatform(await scratchPlatform());
  }

  get dataDir(): string {
    return this.scratch.dataDir;
  }

  get postgresPort(): number {
    return this.scratch.postgresPort;
  }

  /** Has it up in this process: as it is, or started. */
  async here(): Promise<Platform> {
    if (this.#here && Object.keys(this.#here.pids).length > 0) return this.#here;
    return (this.#here = await this.scratch.start({ onRestart: (restart) => this.restarts.push(restart) }));
  }

  /** Has it up in another process, that can be killed: as it is, or started. */
  async inOtherProcess(): Promise<OtherProcess> {
    if (this.#other && isAlive(this.#other)) return this.#other;
    return (this.#other = await this.scratch.startInOtherProcess());
  }

  async leaveTraces(text: string): Promise<void> {
    await leaveTraces(this.scratch, text);
    this.#traces.push(text);
  }

  /** Every record and every row that was ever left is there, once and in its place. */
  async expectAllTraces(): Promise<void> {
    expect(await findTraces(this.scratch)).toEqual({ records: this.#traces, rows: this.#traces });
  }

  async remove(): Promise<void> {
    await this.scratch.remove();
  }
}

function isAlive({ process }: OtherProcess): boolean {
  return !process.killed && process.exitCode === null && process.signalCode === null;
}
