import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from './platform-error.ts';
import { isPortFree, portHolder } from './ports.ts';
import { markOf } from './process-table.ts';
import type { PlatformPart } from './progress.ts';
import { ServerProcess, type ServerIdentity } from './server-process.ts';

const PORT_RELEASE_MS = 3_000;
/** Nobody to be seen holds it: what is being torn down, on a busy machine. */
const ORPHAN_RELEASE_MS = 10_000;
const ANSWER_DEADLINE_MS = 15_000;

/** A server ended although nobody stopped it. */
export interface UnexpectedExit {
  readonly part: PlatformPart;
  readonly title: string;
  readonly lastLogLines: readonly string[];
}

export interface LocalServerSettings {
  readonly part: Exclude<PlatformPart, 'platform'>;
  readonly identity: ServerIdentity;
  readonly dataDir: string;
  /** Every port it listens on. */
  readonly ports: readonly number[];
  /** The option that chooses another port, for the message when it is taken. */
  readonly portOption: string;
  readonly launch: (started: (server: ServerProcess) => void) => Promise<ServerProcess>;
  /** Whether a client could use it now. */
  readonly answers: () => Promise<boolean>;
  /** Called whenever the server's process has changed, so that it can be written down. */
  readonly onChange: () => void;
  readonly onUnexpectedExit: (exit: UnexpectedExit) => void;
}

/** One server of the local platform through its stops and starts. */
export class LocalServer {
  #process: ServerProcess | undefined;

  constructor(private readonly settings: LocalServerSettings) {}

  get process(): ServerProcess | undefined {
    return this.#process?.isRunning ? this.#process : undefined;
  }

  adopt(server: ServerProcess): void {
    this.#process = server;
  }

  /** Starts it unless it runs, and resolves when it can be used. When it cannot, nothing of it is left running. */
  async start(): Promise<void> {
    if (await this.#isUp()) return;
    await this.stop();
    await this.claimPorts();
    try {
      await this.settings.launch((server) => {
        this.#process = server;
        this.settings.onChange();
        void server.exited.then(() => this.#exited(server));
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Makes sure that it could listen where it should, before anything is started. */
  async claimPorts(): Promise<void> {
    if (this.process) return;
    for (const port of this.settings.ports) await this.#claimPort(port);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
    this.settings.onChange();
  }

  /** A process that is there may be about to end, or be stuck: it counts once it answers, and has a while for that. */
  async #isUp(): Promise<boolean> {
    const end = Date.now() + ANSWER_DEADLINE_MS;
    while (this.process && Date.now() < end) {
      if (await this.settings.answers()) return true;
      await delay(50);
    }
    return false;
  }

  #exited(server: ServerProcess): void {
    if (server.isStopping || this.#process !== server) return;
    this.#process = undefined;
    const { part, identity, onUnexpectedExit } = this.settings;
    onUnexpectedExit({ part, title: identity.title, lastLogLines: server.lastLogLines() });
  }

  /**
   * What an earlier run of ours left behind on the port is stopped; anybody else keeps it. The wait is for what is ending already: the
   * children of a PostgreSQL that was killed hold its port a moment longer.
   */
  async #claimPort(port: number): Promise<void> {
    if (await isPortFree(port)) return;
    const { identity, dataDir, portOption } = this.settings;
    const holder = portHolder(port);
    const mark = holder?.command.includes(dataDir) ? markOf(holder.pid) : undefined;
    if (mark) await ServerProcess.adopt(mark, identity).stop();
    const end = Date.now() + (holder ? PORT_RELEASE_MS : ORPHAN_RELEASE_MS);
    while (Date.now() < end) {
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
