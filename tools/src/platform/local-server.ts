import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from './platform-error.ts';
import { isPortFree, portHolder } from './ports.ts';
import { markOf } from './process-table.ts';
import type { PlatformPart } from './progress.ts';
import { ServerProcess, type PlatformServerIdentity } from './server-process.ts';

const PORT_RELEASE_MS = 3_000;
/** Nobody to be seen holds it: what is being torn down, on a busy machine. */
const ORPHAN_RELEASE_MS = 10_000;
const ANSWER_DEADLINE_MS = 15_000;
/** For a server that is asked to stop while it still starts: it serves nobody yet. */
export const CUT_SHORT_STOP_MS = 10_000;
const FIRST_RESTART_DELAY_MS = 250;
const LONGEST_RESTART_DELAY_MS = 10_000;
/** A server that ran for so long was healthy: its next end starts the delays anew. */
const HEALTHY_AFTER_MS = 30_000;

/** A server ended although nobody stopped it. */
export interface UnexpectedExit {
  readonly part: PlatformPart;
  readonly title: string;
  readonly lastLogLines: readonly string[];
}

/** An attempt to start again what ended by itself; after one that failed the next follows. */
export interface Restart {
  readonly title: string;
  readonly failure?: unknown;
}

export interface LocalServerSettings {
  readonly part: Exclude<PlatformPart, 'platform'>;
  readonly identity: PlatformServerIdentity;
  /** Every port it listens on. */
  readonly ports: readonly number[];
  /** The option that chooses another port, for the message when it is taken. */
  readonly portOption: string;
  readonly launch: (started: (server: ServerProcess) => void, signal: AbortSignal) => Promise<ServerProcess>;
  /** Whether a client could use it now. */
  readonly answers: () => Promise<boolean>;
  /** Called whenever the server's process has changed, so that it can be written down. */
  readonly onChange: () => void;
  readonly onUnexpectedExit: (exit: UnexpectedExit) => void;
  /** Told how each attempt to bring it back went. Without this it stays down once it has ended by itself. */
  readonly onRestart?: ((restart: Restart) => void) | undefined;
  /** Ends a start under way and the bringing back. */
  readonly signal?: AbortSignal | undefined;
}

/** One server of the local platform through its stops and starts. */
export class LocalServer {
  #process: ServerProcess | undefined;
  #starting: Promise<void> | undefined;
  /** Aborts what `stop()` must not leave behind: a start under way, the bringing back. */
  #stopping = new AbortController();
  #restartDelayMs = FIRST_RESTART_DELAY_MS;

  constructor(private readonly settings: LocalServerSettings) {}

  get process(): ServerProcess | undefined {
    return this.#process?.isRunning ? this.#process : undefined;
  }

  adopt(server: ServerProcess): void {
    this.#process = server;
  }

  /** Starts it unless it runs, and resolves when it can be used. When it cannot, nothing of it is left running. Callers share one start. */
  start(): Promise<void> {
    if (this.#stopping.signal.aborted) this.#stopping = new AbortController();
    return (this.#starting ??= this.#bringUp(this.#signal).finally(() => (this.#starting = undefined)));
  }

  /** Makes sure that it could listen where it should, before anything is started. */
  async claimPorts(): Promise<void> {
    if (this.process) return;
    for (const port of this.settings.ports) await this.#claimPort(port);
  }

  /** Stops it, in order for `withinMs` at most. A start under way fails, and what it has started is stopped as well. */
  async stop(withinMs?: number): Promise<void> {
    this.#stopping.abort();
    await this.#end(withinMs);
    await this.#starting?.catch(() => undefined);
  }

  get #signal(): AbortSignal {
    const { signal } = this.settings;
    return signal ? AbortSignal.any([signal, this.#stopping.signal]) : this.#stopping.signal;
  }

  async #bringUp(signal: AbortSignal): Promise<void> {
    if (await this.#isUp(signal)) return;
    signal.throwIfAborted();
    await this.#end();
    await this.claimPorts();
    try {
      await this.settings.launch((server) => {
        const startedAtMs = Date.now();
        this.#process = server;
        this.settings.onChange();
        void server.exited.then(() => this.#exited(server, Date.now() - startedAtMs));
      }, signal);
    } catch (error) {
      await this.#end(signal.aborted ? CUT_SHORT_STOP_MS : undefined);
      throw error;
    }
  }

  async #end(withinMs?: number): Promise<void> {
    const server = this.#process;
    await server?.stop(withinMs);
    if (this.#process === server) this.#process = undefined;
    this.settings.onChange();
  }

  /** A process that is there may be about to end, or be stuck: it counts once it answers, and has a while for that. */
  async #isUp(signal: AbortSignal): Promise<boolean> {
    const end = Date.now() + ANSWER_DEADLINE_MS;
    while (this.process && Date.now() < end && !signal.aborted) {
      if (await this.settings.answers()) return true;
      await delay(50);
    }
    return false;
  }

  #exited(server: ServerProcess, ranMs: number): void {
    if (server.isStopping || this.#process !== server) return;
    this.#process = undefined;
    if (this.#starting) return; // it fails, and says why
    const { part, identity, onUnexpectedExit, onRestart } = this.settings;
    onUnexpectedExit({ part, title: identity.title, lastLogLines: server.lastLogLines() });
    if (ranMs > HEALTHY_AFTER_MS) this.#restartDelayMs = FIRST_RESTART_DELAY_MS;
    if (onRestart) void this.#bringBack(onRestart, this.#signal);
  }

  async #bringBack(onRestart: (restart: Restart) => void, signal: AbortSignal): Promise<void> {
    const { title } = this.settings.identity;
    for (;;) {
      await delay(this.#restartDelayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.#restartDelayMs = Math.min(LONGEST_RESTART_DELAY_MS, this.#restartDelayMs * 2);
      try {
        await this.start();
        return onRestart({ title });
      } catch (failure) {
        if (!signal.aborted) onRestart({ title, failure });
      }
    }
  }

  /**
   * What an earlier run of ours left behind on the port is stopped; anybody else keeps it. The wait is for what is ending already: the
   * children of a PostgreSQL that was killed hold its port a moment longer.
   */
  async #claimPort(port: number): Promise<void> {
    if (await isPortFree(port)) return;
    const { identity, portOption } = this.settings;
    const holder = portHolder(port);
    const isOurs = holder !== undefined && `${holder.command} `.includes(` ${identity.ownArgument} `);
    const mark = isOurs ? markOf(holder.pid) : undefined;
    if (mark) await ServerProcess.adopt(mark, identity).stop();
    const end = Date.now() + (holder ? PORT_RELEASE_MS : ORPHAN_RELEASE_MS);
    const signal = this.#signal;
    while (Date.now() < end) {
      signal.throwIfAborted();
      if (await isPortFree(port)) return;
      await delay(50);
    }
    const by = holder ? ` by process ${holder.pid} (${shortened(holder.command)})` : ' by another program';
    throw new PlatformError(
      'port-taken',
      `Port ${port} of 127.0.0.1, where ${identity.title} should listen, is taken${by}. Stop that, or choose another port with ${portOption}.`,
    );
  }
}

function shortened(command: string): string {
  return command.length > 80 ? `${command.slice(0, 80)}…` : command;
}
