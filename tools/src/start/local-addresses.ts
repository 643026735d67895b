import { HOST } from '../platform/index.ts';
import { SERVICES, type ServiceDefinition } from '../services/services.ts';

/** Where the catchers listen (design: contracts; also the services' defaults for SMTP_URL and SMS_GATEWAY_URL). */
export const SMTP_PORT = 11025;
export const MAILBOX_PORT = 18025;
export const SMS_PORT = 18026;

/** Whom the local notifier tells of suspected fraud and lag. */
export const OPERATOR_ADDRESS = 'operators@example.com';

export const mailboxUrl = `http://${HOST}:${MAILBOX_PORT}`;
export const smsUrl = `http://${HOST}:${SMS_PORT}`;

/** Where everything listens that `npm start` runs besides Kafka and PostgreSQL. */
export interface LocalPorts {
  readonly services: readonly ServiceDefinition[];
  readonly smtp: number;
  readonly mailbox: number;
  readonly sms: number;
}

/** How many ports `localPorts` takes from `firstPort` on. */
export const PORTS_IN_A_ROW = SERVICES.length + 3;

/** The usual ports; with `firstPort` consecutive ones from there on: services, SMTP, mailbox, SMS. */
export function localPorts(firstPort?: number): LocalPorts {
  if (firstPort === undefined)
    return { services: SERVICES, smtp: SMTP_PORT, mailbox: MAILBOX_PORT, sms: SMS_PORT };
  const services = SERVICES.map((service, index) => ({ ...service, port: firstPort + index }));
  const smtp = firstPort + SERVICES.length;
  return { services, smtp, mailbox: smtp + 1, sms: smtp + 2 };
}
