import type { Outcome, ReasonCode } from '../sending/outcome.ts';
import type { Exchange } from './twilio-client.ts';

/** Twilio numbers what is wrong with a message from 21000 on, and what is wrong with the caller below that (https://www.twilio.com/docs/api/errors). */
const FIRST_MESSAGE_ERROR = 21_000;
/**
 * 21211, 21214, 21217: not a number; 21265, 21268: a short code, a premium number; 21266: our own; 21610: has unsubscribed; 21612, 21408:
 * cannot be reached from here; 21614, 21635: no mobile number.
 */
const ABOUT_THE_RECIPIENT = new Set([
  21211, 21214, 21217, 21265, 21266, 21268, 21408, 21610, 21612, 21614, 21635,
]);
/** 21602, 21619: empty; 21605, 21617: too long. */
const ABOUT_THE_TEXT = new Set([21602, 21605, 21617, 21619]);
/**
 * `SMS_FROM` is wrong or may not send, the same for every message. A number: 21212, 21603, 21616, 21660, 21661; a name on a trial account:
 * 21267; a messaging service: 21701, 21704, 21705. Not 21606, 21659 and 21703, which may be about where the message goes.
 */
const ABOUT_THE_SENDER = new Set([21212, 21267, 21603, 21616, 21660, 21661, 21701, 21704, 21705]);
/** Too many wait to be sent from our number. */
const QUEUE_FULL = 21611;
/** Login and address of the account: the same for every message, whatever is in it. */
const ABOUT_US = new Set([401, 403, 404, 407]);
/** A proxy before the gateway has lost its answer or waited too long for it, and the gateway may still have the message in hand: RFC 9110 §15.6.3, §15.6.5. */
const A_PROXYS = new Set([502, 504]);
const MAX_RETRY_AFTER_MS = 3_600_000;

/** What an attempt to create a message came to. */
export function smsOutcome(exchange: Exchange, nowMs: number): Outcome {
  if (exchange.kind === 'broken') return brokenOutcome(exchange);
  const { status, body, retryAfter } = exchange;
  const answer = parseAnswer(body);
  if (status >= 200 && status < 300) return { kind: 'sent', gatewayId: sidOf(answer) };
  const code = codeOf(answer);
  const reason = (of: ReasonCode) => ({
    code: of,
    status: code === undefined ? `${status}` : `${status} ${code}`,
  });
  const retryAfterMs = delayOf(retryAfter, nowMs);
  if (status === 429 || status === 408 || code === QUEUE_FULL)
    return { kind: 'deferred', reason: reason('message-refused'), retryAfterMs };
  if (A_PROXYS.has(status)) return { kind: 'unknown', reason: reason('answer-lost') };
  if (status >= 500)
    return {
      kind: 'deferred',
      reason: reason('gateway-error'),
      retryAfterMs,
      isInDoubt: true,
      gateway: 'fails',
    };
  const messageError = code !== undefined && code >= FIRST_MESSAGE_ERROR ? code : undefined;
  // A redirect is not followed with a password, and says that the configured address is wrong.
  if (status < 400 || (ABOUT_US.has(status) && messageError === undefined))
    return { kind: 'unavailable', reason: reason('gateway-refused') };
  if (messageError === undefined || ABOUT_THE_TEXT.has(messageError))
    return { kind: 'refused', reason: reason('message-refused') };
  if (ABOUT_THE_RECIPIENT.has(messageError)) return { kind: 'refused', reason: reason('recipient-refused') };
  // Once the sender is mended every message still has to go out.
  if (ABOUT_THE_SENDER.has(messageError)) return { kind: 'unavailable', reason: reason('gateway-refused') };
  // Twilio adds codes as it goes: one that is not known here may be about us.
  return { kind: 'deferred', reason: reason('message-refused'), retryAfterMs, gateway: 'unclear' };
}

function brokenOutcome({ isHandedOver, isTimeout, code }: Extract<Exchange, { kind: 'broken' }>): Outcome {
  const status = code === undefined ? {} : { status: code };
  if (isHandedOver)
    return { kind: 'unknown', reason: { code: isTimeout ? 'answer-timeout' : 'answer-lost', ...status } };
  return {
    kind: 'unavailable',
    reason: { code: isTimeout ? 'gateway-timeout' : 'gateway-unreachable', ...status },
  };
}

/** What the gateway says of a message that it was asked for. */
export type Finding =
  | { readonly kind: 'sent'; readonly gatewayId: string | undefined }
  | { readonly kind: 'not-delivered'; readonly gatewayId: string | undefined }
  | { readonly kind: 'absent' }
  /** It has more messages to the number than it lists at once, and ours is not among those. */
  | { readonly kind: 'inconclusive' }
  /** It could not be asked, or its answer says nothing. */
  | { readonly kind: 'no-answer' };

/** Looks for the message with our reference in Twilio's list of the messages to its recipient. */
export function findByReference(exchange: Exchange, reference: string): Finding {
  if (exchange.kind === 'broken' || exchange.status !== 200) return { kind: 'no-answer' };
  const answer = parseAnswer(exchange.body) as { messages?: unknown; next_page_uri?: unknown } | undefined;
  if (!Array.isArray(answer?.messages)) return { kind: 'no-answer' };
  const messages = answer.messages as { body?: unknown; status?: unknown; sid?: unknown }[];
  const ours = messages.filter(({ body }) => typeof body === 'string' && body.includes(reference));
  // A person may have had one that was not delivered sent again: it has reached them when any has.
  const found = ours.find(({ status }) => !isLost(status)) ?? ours[0];
  if (found !== undefined)
    return { kind: isLost(found.status) ? 'not-delivered' : 'sent', gatewayId: sidOf(found) };
  // With more of them than a page holds, absence is not shown.
  return answer.next_page_uri ? { kind: 'inconclusive' } : { kind: 'absent' };
}

function isLost(status: unknown): boolean {
  return status === 'failed' || status === 'undelivered' || status === 'canceled';
}

function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Only what cannot hold anything of the customer's is kept of an answer: its texts quote the number. */
function sidOf(answer: unknown): string | undefined {
  const sid = (answer as { sid?: unknown } | undefined)?.sid;
  return typeof sid === 'string' && /^[A-Z]{2}[0-9a-f]{32}$/.test(sid) ? sid : undefined;
}

function codeOf(answer: unknown): number | undefined {
  const code = (answer as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' && Number.isInteger(code) ? code : undefined;
}

/** Seconds or a date: RFC 9110 §10.2.3. */
function delayOf(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const delayMs = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - nowMs;
  return Number.isNaN(delayMs) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, delayMs));
}
