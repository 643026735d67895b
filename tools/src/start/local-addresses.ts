import { HOST } from '../platform/index.ts';

/** Where the catchers listen (design: contracts; also the services' defaults for SMTP_URL and SMS_GATEWAY_URL). */
export const SMTP_PORT = 11025;
export const MAILBOX_PORT = 18025;
export const SMS_PORT = 18026;

/** Whom the local notifier tells of suspected fraud and lag. */
export const OPERATOR_ADDRESS = 'operators@example.com';

export const mailboxUrl = `http://${HOST}:${MAILBOX_PORT}`;
export const mailboxApi = `${mailboxUrl}/api/v1`;
export const smsUrl = `http://${HOST}:${SMS_PORT}`;
