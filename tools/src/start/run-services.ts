import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaFromOptions } from '../commands/kafka-options.ts';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { startMailbox } from '../mailbox/start-mailbox.ts';
import { HOST, isPortFree, PlatformError, type Platform } from '../platform/index.ts';
import { portHolder } from '../platform/ports.ts';
import { migrateServices } from '../services/migrate-services.ts';
import { ServiceSupervisor } from '../services/service-supervisor.ts';
import { SERVICES, serviceUrl, type ServiceDefinition } from '../services/services.ts';
import { startSmsCatcher } from '../sms/start-sms-catcher.ts';
import { exampleOrder, followOneOrder } from './follow-order.ts';
import { showOrdersLive } from './live-view.ts';
import { OPERATOR_ADDRESS, type LocalPorts } from './local-addresses.ts';
import { mailEnvironment, type MailEnvironment } from './mail-environment.ts';
import { Steps } from './steps.ts';
import type { StopDeadline } from './stop-deadline.ts';

export interface RunOptions {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly ports: LocalPorts;
  /** Aborts with the wish to stop. */
  readonly stop: AbortSignal;
  readonly stopDeadline: StopDeadline;
  readonly print: (line: string) => void;
}

interface Stoppable {
  stop(): Promise<unknown>;
}

const READY_DEADLINE_MS = 60_000;
const FOLLOW_DEADLINE_MS = 30_000;
/** Of the time for stopping: catchers, Kafka and PostgreSQL end after the services. A service's own limit is 20 s. */
const AFTER_SERVICES_MS = 8_000;
const CATCHERS_STOP_MS = 3_000;

/**
 * The services on a running platform, from their topics to the live view, until a stop is asked for. All it started has ended then.
 * @throws what a step failed with; after the wish to stop, the reason of its signal
 */
export async function runServices(options: RunOptions): Promise<void> {
  const { platform, dataDir, ports, stop, stopDeadline, print } = options;
  const mail = mailEnvironment(ports);
  const steps = new Steps(print, stop);
  const running: ServiceSupervisor[] = [];
  const catchers: Stoppable[] = [];
  try {
    await requireFreePorts(ports);
    await steps.run('topics', () => Promise.race([bringTopics(platform), untilAborted(stop)]));
    await steps.run('tables', () => bringTables(platform, stop));
    await steps.run('mailbox and SMS catcher', async () => {
      const mailbox = { smtpPort: ports.smtp, httpPort: ports.mailbox, dataDir: join(dataDir, 'mailbox') };
      catchers.push(await startMailbox(mailbox));
      catchers.push(await startSmsCatcher({ port: ports.sms, dataDir: join(dataDir, 'sms') }));
    });
    await steps.run('services', async () => {
      running.push(...ports.services.map((service) => supervise(service, options, mail.env)));
      await Promise.all(running.map((supervisor) => supervisor.start()));
      const ready = running.map((supervisor) => supervisor.untilReady(READY_DEADLINE_MS));
      await Promise.race([Promise.all(ready), untilAborted(stop)]);
      return ports.services.map(({ name, port }) => `${name} :${port}`).join(', ');
    });
    await showTheWay(options, mail);
    printAddresses(ports, mail, print);
    await showOrdersLive(serviceNamed(ports, 'order-api'), stop, print);
  } finally {
    // What takes orders first, what mails last to lose its mailbox.
    const withinMs = stopDeadline.leftMs(AFTER_SERVICES_MS);
    await Promise.all(running.map((service) => service.stop(withinMs)));
    await Promise.race([
      Promise.all(catchers.map((catcher) => catcher.stop())),
      sleep(CATCHERS_STOP_MS, undefined, { ref: false }),
    ]);
  }
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

function serviceNamed({ services }: LocalPorts, name: ServiceDefinition['name']): ServiceDefinition {
  return services.find((service) => service.name === name) as ServiceDefinition;
}

function supervise(
  service: ServiceDefinition,
  { platform, dataDir, print }: RunOptions,
  env: NodeJS.ProcessEnv,
): ServiceSupervisor {
  return new ServiceSupervisor({
    service,
    platform,
    dataDir,
    // Alerts about fraud and lag are to be seen as well: in the local mailbox.
    env: { ...env, OPERATOR_ADDRESSES: process.env['OPERATOR_ADDRESSES'] ?? OPERATOR_ADDRESS },
    onRestart: ({ count, lastLogLines }) => {
      print(`! ${service.name} ended by itself and is started again (${count}×); its last lines:`);
      for (const line of lastLogLines) print(`    ${line}`);
    },
  });
}

async function requireFreePorts(ports: LocalPorts): Promise<void> {
  const listeners = [
    ...ports.services,
    { name: 'the mailbox (SMTP)', port: ports.smtp },
    { name: "the mailbox's page", port: ports.mailbox },
    { name: 'the SMS catcher', port: ports.sms },
  ];
  for (const { name, port } of listeners) {
    if (await isPortFree(port)) continue;
    const holder = portHolder(port);
    const by = holder ? `process ${holder.pid} (${holder.command.slice(0, 80)})` : 'another program';
    throw new PlatformError(
      'port-taken',
      `Port ${port}, where ${name} is to listen, is taken by ${by}. Stop that, or choose other ports with --first-port.`,
    );
  }
}

async function bringTopics(platform: Platform): Promise<string> {
  const changes = await bringTopicsUpToDate(kafkaFromOptions({ brokers: platform.kafkaBrokers }));
  return changes === 0 ? 'as the code says' : `${changes} changes`;
}

async function bringTables(platform: Platform, signal: AbortSignal): Promise<string> {
  let migrations = 0;
  const count = (line: string): void => {
    if (!line.endsWith('up to date')) migrations += 1;
  };
  await migrateServices(platform, count, signal);
  return migrations === 0 ? 'up to date' : `${migrations} migrations`;
}

async function showTheWay(
  { platform, ports, stop, print }: RunOptions,
  { elsewhere }: MailEnvironment,
): Promise<void> {
  const mailsElsewhere = elsewhere.includes('SMTP_URL');
  print('');
  print(`One order, from the request to ${mailsElsewhere ? 'the read model' : 'the mailbox'}:`);
  const missing = await followOneOrder({
    orderApi: serviceNamed(ports, 'order-api'),
    analytics: serviceNamed(ports, 'analytics'),
    platform,
    mailboxUrl: mailsElsewhere ? undefined : `http://${HOST}:${ports.mailbox}`,
    deadlineMs: FOLLOW_DEADLINE_MS,
    signal: stop,
    onArrival: ({ where, afterMs, what }) =>
      print(`  ${`${afterMs.toFixed(1)} ms`.padStart(10)}  ${where.padEnd(10)}  ${what}`),
  });
  stop.throwIfAborted();
  if (missing.length > 0)
    print(`  ! not there after ${FOLLOW_DEADLINE_MS / 1000} s: ${missing.join(', ')}; it goes on`);
}

function printAddresses(
  ports: LocalPorts,
  { elsewhere }: MailEnvironment,
  print: (line: string) => void,
): void {
  const orderApi = serviceUrl(serviceNamed(ports, 'order-api'));
  const body = JSON.stringify(exampleOrder('you@example.com'));
  const shopUrl = ports.services === SERVICES ? '' : ` --url ${orderApi}`;
  print('');
  print(`  Dashboard      ${serviceUrl(serviceNamed(ports, 'analytics'))}/`);
  print(`  Mailbox        http://${HOST}:${ports.mailbox}/      SMS  http://${HOST}:${ports.sms}/`);
  for (const name of elsewhere)
    print(
      `                 ! ${name} is set: ${name === 'SMTP_URL' ? 'mails' : 'SMS'} go there and not here`,
    );
  print(`  Every mail     ${serviceUrl(serviceNamed(ports, 'notifier'))}/preview`);
  print(`  API            ${orderApi}/docs`);
  print('');
  print(`A shop’s traffic:   npx orderstream simulate --rate 20 --duration 60s${shopUrl}`);
  print('Or send one yourself:');
  print(`  curl -i ${orderApi}/v1/orders -H 'content-type: application/json' -d '${body}'`);
  print('');
  print('Orders as they come (Ctrl-C stops everything and loses nothing):');
}
