import { Logger } from '@nestjs/common';
import type { ClaimedNotification } from '../ledger/notification.ts';
import { renderMail, type RenderedMail } from '../rendering/render-mail.ts';
import type { Deliver } from '../sending/outcome.ts';
import type { SmtpGateway } from './smtp-gateway.ts';

const log = new Logger('email');

/** Writes the mail and hands it to the gateway. */
export function emailDelivery(gateway: SmtpGateway, from: string): Deliver<ClaimedNotification> {
  return async (claim, signal) => {
    let mail: RenderedMail;
    try {
      mail = renderMail(claim.template, claim.data);
    } catch (error) {
      log.error({ message: 'a mail cannot be written', notification_id: claim.notification_id, err: error });
      return { kind: 'refused', reason: { code: 'render-failed' } };
    }
    return gateway.send({ ...mail, from, to: claim.recipient, messageId: claim.message_id }, signal);
  };
}
