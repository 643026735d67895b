import { Logger } from '@nestjs/common';
import type { ClaimedNotification } from '../ledger/notification.ts';
import { renderMail } from '../rendering/render-mail.ts';
import type { Deliver } from '../sending/outcome.ts';
import { composeMail } from './compose-mail.ts';
import type { SmtpGateway } from './smtp-gateway.ts';

const log = new Logger('email');

/** Writes the mail and hands it to the gateway. */
export function emailDelivery(gateway: SmtpGateway, from: string): Deliver<ClaimedNotification> {
  return async (claim, signal) => {
    const content = writeMail(claim, from);
    if (content === undefined) return { kind: 'refused', reason: { code: 'render-failed' } };
    return gateway.send({ from, to: claim.recipient, content }, signal);
  };
}

/** Undefined when the ledger's data and the template do not go together: repeating it would not help, a corrected template does. */
function writeMail(claim: ClaimedNotification, from: string): Buffer | undefined {
  try {
    const words = renderMail(claim.template, claim.data, claim.locale);
    return composeMail({ ...words, from, to: claim.recipient, messageId: claim.message_id });
  } catch (error) {
    log.error({ message: 'a mail cannot be written', notification_id: claim.notification_id, err: error });
    return undefined;
  }
}
