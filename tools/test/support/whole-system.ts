import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaSettings } from '@orderstream/events';
import { startMailbox, type RunningMailbox } from '../../src/mailbox/start-mailbox.ts';
import { freePorts, type Platform } from '../../src/platform/index.ts';
import { ServiceSupervisor } from '../../src/services/service-supervisor.ts';
import { SERVICES, serviceUrl, type ServiceDefinition } from '../../src/services/services.ts';
import { startFurnishedPlatform } from '../../src/test-run/prepared-platform.ts';

export type ServiceName = ServiceDefinition['name'];

/** Everything `npm start` runs, on a platform, ports and data of this test's own, so that it can be broken for real. */
export class WholeSystem {
  readonly platform: Platform;
  readonly mailbox: RunningMailbox;
  /** The services that ended by themselves and were started again, in that order. */
  readonly restarts: ServiceName[] = [];
  readonly #dataDir: string;
  readonly #firstPort: number;
  readonly #services = new Map<ServiceName, ServiceSupervisor>();

  private constructor(platform: Platform, mailbox: RunningMailbox, dataDir: string, firstPort: number) {
    this.platform = platform;
    this.mailbox = mailbox;
    this.#dataDir = dataDir;
    this.#firstPort = firstPort;
  }

  /** Brings all of it up, on empty data. Takes about 15 s. @param env of every service, where it shall not be the default */
  static async start(env: NodeJS.ProcessEnv = {}): Promise<WholeSystem> {
    const system = await WholeSystem.prepare();
    try {
      await system.startServices(env);
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  /** Topics, tables and mailbox are there; no service runs yet. */
  static async prepare(): Promise<WholeSystem> {
    const ports = await freePorts(3 + SERVICES.length);
    const place = { kafkaPort: ports, postgresPort: ports + 2 };
    const { platform, dataDir } = await startFurnishedPlatform('system', place);
    try {
      const mailbox = await startMailbox({ smtpPort: 0, httpPort: 0, dataDir: join(dataDir, 'mailbox') });
      return new WholeSystem(platform, mailbox, dataDir, ports + 3);
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  get kafka(): KafkaSettings {
    return { clientId: 'system-test', brokers: [this.platform.kafkaBrokers] };
  }

  url(service: ServiceName): string {
    return serviceUrl(this.#supervisor(service).service);
  }

  pid(service: ServiceName): number {
    return this.#supervisor(service).pid as number;
  }

  /** `kill -9`. The supervisor starts it again, as `npm start` would. */
  kill(service: ServiceName): void {
    process.kill(this.pid(service), 'SIGKILL');
  }

  /** `kill -9` of the broker; resolves when it is back. */
  async killKafka(): Promise<void> {
    process.kill(this.platform.pids.kafka as number, 'SIGKILL');
    await this.platform.startKafka();
  }

  /** Starts every service and waits until all are ready. */
  async startServices(env: NodeJS.ProcessEnv = {}): Promise<void> {
    for (const [index, definition] of SERVICES.entries()) {
      const service = { ...definition, port: this.#firstPort + index };
      const supervisor = new ServiceSupervisor({
        service,
        platform: this.platform,
        dataDir: this.#dataDir,
        env: { SMTP_URL: `smtp://127.0.0.1:${this.mailbox.smtpPort}`, ...env },
        onRestart: () => this.restarts.push(service.name),
      });
      this.#services.set(service.name, supervisor);
    }
    await Promise.all([...this.#services.values()].map((service) => service.start()));
    await this.untilReady();
  }

  /** Ends every service in order. */
  async stopServices(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.stop()));
    this.#services.clear();
  }

  async untilReady(...services: ServiceName[]): Promise<void> {
    const names = services.length > 0 ? services : SERVICES.map(({ name }) => name);
    await Promise.all(names.map((name) => this.#supervisor(name).untilReady(90_000)));
  }

  async isReady(service: ServiceName): Promise<boolean> {
    const answer = await fetch(`${this.url(service)}/health/ready`).catch(() => undefined);
    return answer?.ok ?? false;
  }

  async stop(): Promise<void> {
    await this.stopServices();
    await this.mailbox.stop();
    await this.platform.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #supervisor(name: ServiceName): ServiceSupervisor {
    return this.#services.get(name) as ServiceSupervisor;
  }
}
