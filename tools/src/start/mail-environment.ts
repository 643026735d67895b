import { HOST } from '../platform/index.ts';
import type { LocalPorts } from './local-addresses.ts';

/** What the services are told of mail and SMS, and what of it goes elsewhere because the environment says so. */
export interface MailEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly elsewhere: readonly ('SMTP_URL' | 'SMS_GATEWAY_URL')[];
}

/** The local catchers, unless `environment` names others. */
export function mailEnvironment(ports: LocalPorts, environment = process.env): MailEnvironment {
  const local = { SMTP_URL: `smtp://${HOST}:${ports.smtp}`, SMS_GATEWAY_URL: `http://${HOST}:${ports.sms}` };
  const names = ['SMTP_URL', 'SMS_GATEWAY_URL'] as const;
  const elsewhere = names.filter((name) => ![undefined, '', local[name]].includes(environment[name]));
  const named = Object.fromEntries(elsewhere.map((name) => [name, environment[name]]));
  return { env: { ...local, ...named }, elsewhere };
}
