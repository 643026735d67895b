import { join } from 'node:path';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { startMailbox } from '../mailbox/start-mailbox.ts';
import { isPortFree, PlatformError, type Platform } from '../platform/index.ts';
import { migrateServices } from '../services/migrate-services.ts';
import { ServiceSupervisor } from '../services/service-supervisor.ts';
import { SERVICES, serviceUrl, type ServiceDefinition } from '../services/services.ts';
import { startSmsCatcher } from '../sms/start-sms-catcher.ts';
import type { StopRequest } from '../stop-request.ts';
import { exampleOrder, followOneOrder } from './follow-order.ts';
import { showOrdersLive } from './live-view.ts';
import {
  MAILBOX_PORT,
  mailboxUrl,
  OPERATOR_ADDRESS,
  SMS_PORT,
  smsUrl,
  SMTP_PORT,
} from './local-addresses.ts';
import { Steps } from './steps.ts';

export interface RunOptions {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly stop: StopRequest;
  readonly print: (line: string) => void;
}

interface Stoppable {
  stop(): Promise<unknown>;
}

const READY_DEADLINE_MS = 60_000;

/** The services on a running platform, from their topics to the live view, until a stop is asked for. All it started has ended then. */
export async function runServices({ platform, dataDir, stop, print }: RunOptions): Promise<void> {
  const steps = new Steps(print);
  const running: Stoppable[] = [];
  const catchers: Stoppable[] = [];
  try {
    await requireFreePorts();
    await steps.run('topics', () => bringTopics(platform));
    await steps.run('tables', () => bringTables(platform));
    await steps.run('mailbox and SMS catcher', async () => {
      catchers.push(
        await startMailbox({
          smtpPort: SMTP_PORT,
          httpPort: MAILBOX_PORT,
          dataDir: join(dataDir, 'mailbox'),
        }),
      );
      catchers.push(await startSmsCatcher({ port: SMS_PORT, dataDir: join(dataDir, 'sms') }));
    });
    await steps.run('services', async () => {
      const supervisors = SERVICES.map((service) => supervise(service, platform, dataDir, print));
      running.push(...supervisors);
      await Promise.all(supervisors.map((supervisor) => supervisor.start()));
      await Promise.race([
        Promise.all(supervisors.map((supervisor) => supervisor.untilReady(READY_DEADLINE_MS))),
        stop.requested,
      ]);
      return SERVICES.map(({ name, port }) => `${name} :${port}`).join(', ');
    });
    if (stop.signal.aborted) return;
    await showTheWay(platform, print);
    printAddresses(print);
    await showOrdersLive(serviceNamed('order-api'), stop.signal, print);
  } finally {
    // What takes orders first, what mails last to lose its mailbox.
    await Promise.all(running.map((service) => service.stop()));
    await Promise.all(catchers.map((catcher) => catcher.stop()));
  }
}

function serviceNamed(name: ServiceDefinition['name']): ServiceDefinition {
  return SERVICES.find((service) => service.name === name) as ServiceDefinition;
}

function supervise(
  service: ServiceDefinition,
  platform: Platform,
  dataDir: string,
  print: (line: string) => void,
): ServiceSupervisor {
  return new ServiceSupervisor({
    service,
    platform,
    dataDir,
    // Alerts about fraud and lag are to be seen as well: in the local mailbox.
    env: { OPERATOR_ADDRESSES: process.env['OPERATOR_ADDRESSES'] ?? OPERATOR_ADDRESS },
    onRestart: ({ count, lastLogLines }) => {
      print(`! ${service.name} ended by itself and is started again (${count}×); its last lines:`);
      for (const line of lastLogLines) print(`    ${line}`);
    },
  });
}

async function requireFreePorts(): Promise<void> {
  for (const { name, port } of SERVICES) {
    if (await isPortFree(port)) continue;
    throw new PlatformError(
      'port-taken',
      `Port ${port}, where ${name} is to listen, is taken by another program. Stop that one first (\`ss -ltnp 'sport = :${port}'\` names it).`,
    );
  }
}

async function bringTopics(platform: Platform): Promise<string> {
  const kafka = { clientId: 'orderstream-cli', brokers: platform.kafkaBrokers.split(',') };
  const changes = await bringTopicsUpToDate(kafka);
  return changes === 0 ? 'as the code says' : `${changes} changes`;
}

async function bringTables(platform: Platform): Promise<string> {
  let migrations = 0;
  await migrateServices(platform, (line) => {
    if (!line.endsWith('up to date')) migrations += 1;
  });
  return migrations === 0 ? 'up to date' : `${migrations} migrations`;
}

async function showTheWay(platform: Platform, print: (line: string) => void): Promise<void> {
  print('');
  print('One order, from the request to the mailbox:');
  await followOneOrder(
    serviceNamed('order-api'),
    serviceNamed('analytics'),
    platform,
    ({ where, afterMs, what }) =>
      print(`  ${`${afterMs.toFixed(1)} ms`.padStart(10)}  ${where.padEnd(10)}  ${what}`),
  );
}

function printAddresses(print: (line: string) => void): void {
  const orderApi = serviceUrl(serviceNamed('order-api'));
  const body = JSON.stringify(exampleOrder('you@example.com'));
  print('');
  print(`  Dashboard      ${serviceUrl(serviceNamed('analytics'))}/`);
  print(`  Mailbox        ${mailboxUrl}/      SMS  ${smsUrl}/`);
  print(`  Every mail     ${serviceUrl(serviceNamed('notifier'))}/preview`);
  print(`  API            ${orderApi}/docs`);
  print('');
  print('A shop’s traffic:   npx orderstream simulate --rate 20 --duration 60s');
  print('Or send one yourself:');
  print(`  curl -i ${orderApi}/v1/orders -H 'content-type: application/json' -d '${body}'`);
  print('');
  print('Orders as they come (Ctrl-C stops everything and loses nothing):');
}
