import { Logger } from '@nestjs/common';
import type { ClaimedNotification } from '../ledger/notification.ts';
import { smsSegments } from '../metrics.ts';
import type { TemplateData } from '../rendering/template-data.ts';
import type { Deliver, Outcome } from '../sending/outcome.ts';
import { countSegments } from './count-segments.ts';
import { referenceOf } from './reference.rules.ts';
import { isSmsTemplate, renderSms, type SmsTemplate } from './render-sms.ts';
import type { SmsGateway } from './sms-gateway.ts';

const log = new Logger('sms');

const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * Writes the SMS and hands it to the gateway. When an earlier attempt may have sent it after all (HTTP 5xx), the gateway is asked first whether
 * it has the message.
 */
export function smsDelivery(gateway: SmsGateway, maxSegments: number): Deliver<ClaimedNotification> {
  return async (claim, signal) => {
    if (!E164.test(claim.recipient))
      return { kind: 'refused', reason: { code: 'recipient-refused', status: 'not E.164' } };
    const body = writeSms(claim);
    const segments = body === undefined ? 0 : countSegments(body);
    if (body === undefined || segments > maxSegments)
      return { kind: 'refused', reason: { code: 'render-failed' } };
    if (claim.is_in_doubt) {
      const known = await knownAlready(gateway, claim, signal);
      if (known !== undefined) return known;
    }
    const outcome = await gateway.send({ to: claim.recipient, body }, signal);
    if (outcome.kind === 'sent') smsSegments.inc(segments);
    return outcome;
  };
}

/** Undefined: the gateway does not have it. */
async function knownAlready(
  gateway: SmsGateway,
  { recipient, message_id, sent_since }: ClaimedNotification,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const question = { to: recipient, reference: referenceOf(message_id), sentSince: sent_since };
  const finding = await gateway.find(question, signal);
  if (finding.kind === 'absent') return undefined;
  if (finding.kind === 'no-answer') return { kind: 'unavailable', reason: { code: 'gateway-unreachable' } };
  // It has too many to say, and will tomorrow: for a person.
  if (finding.kind === 'inconclusive') return { kind: 'unknown', reason: { code: 'gateway-error' } };
  const { gatewayId } = finding;
  if (finding.kind === 'sent') return { kind: 'sent', gatewayId };
  return { kind: 'refused', reason: { code: 'not-delivered' } };
}

/** Undefined when the ledger's data and the template do not go together: repeating it would not help, a corrected template does. */
function writeSms(claim: ClaimedNotification): string | undefined {
  const { template, data, locale, message_id, notification_id } = claim;
  try {
    if (!isSmsTemplate(template)) throw new Error(`there is no SMS of ${template}`);
    return renderSms(template, data as TemplateData[SmsTemplate], {
      locale,
      reference: referenceOf(message_id),
    });
  } catch (error) {
    log.error({ message: 'an SMS cannot be written', notification_id, err: error });
    return undefined;
  }
}
