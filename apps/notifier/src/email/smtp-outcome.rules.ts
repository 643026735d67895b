import type { Outcome, Reason, ReasonCode } from '../sending/outcome.ts';

/** What nodemailer says of a failure (its errors.js and smtp-connection): the step, the gateway's answer, its own code. */
export interface SmtpFailure {
  /** ECONNECTION, ESOCKET, ETIMEDOUT, EDNS, ETLS, EAUTH, EPROTOCOL, EENVELOPE, EMESSAGE, EABORT, … */
  readonly code?: unknown;
  /** The command that was answered: `MAIL FROM`, `RCPT TO`, `DATA`. `CONN` at any stage of the session, `API` before it. */
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  /** What the system calls it: ECONNREFUSED, ENOTFOUND, DEPTH_ZERO_SELF_SIGNED_CERT. */
  readonly originalCode?: unknown;
}

/**
 * Answers that say nothing about the message: service closing (421), wrong order of commands (503), login wanted or wrong (530, 534,
 * 535, 538). RFC 5321 §4.2.3, RFC 4954 §6.
 */
const ABOUT_THE_SESSION = new Set([421, 503, 530, 534, 535, 538]);

/**
 * What a failed delivery means. `isHandedOver` decides between "surely not sent" and "unknown": nodemailer reports a broken or silent
 * connection as `CONN` whatever was on its way, so how far the message got must be known from elsewhere.
 */
export function smtpOutcome(failure: SmtpFailure, isHandedOver: boolean): Outcome {
  const status = statusOf(failure);
  const refusal = messageRefusal(failure, isHandedOver);
  if (refusal !== undefined) {
    const reason = reasonOf(refusal, status);
    if (mayBeAboutUs(failure, isHandedOver)) return { kind: 'deferred', reason, gateway: 'unclear' };
    // 503 is about the order of our commands: another session may do.
    const isForNow = isClass(failure, 4) || failure.responseCode === 503;
    return { kind: isForNow ? 'deferred' : 'refused', reason };
  }
  if (isHandedOver) {
    return {
      kind: 'unknown',
      reason: reasonOf(isTimeout(failure) ? 'answer-timeout' : 'answer-lost', status),
    };
  }
  return { kind: 'unavailable', reason: reasonOf(sessionFailure(failure), status) };
}

/**
 * Undefined when it is not this message that was refused. Of a message that was handed over only a clear answer to it settles the
 * matter, and 421 is none: a server that shuts down says it to everybody, also while it stores the message it has just read.
 * The sender's address is the same for every message: a gateway that does not take it (`MAIL FROM`) refuses us, not the message, and
 * once that is mended every message still has to go out.
 */
function messageRefusal(failure: SmtpFailure, isHandedOver: boolean): ReasonCode | undefined {
  const { code, command, responseCode } = failure;
  const isAnswer = isClass(failure, 4) || isClass(failure, 5);
  if (isHandedOver) {
    return code === 'EMESSAGE' && isAnswer && responseCode !== 421 ? 'message-refused' : undefined;
  }
  if (typeof responseCode === 'number' && (!isAnswer || ABOUT_THE_SESSION.has(responseCode)))
    return undefined;
  if (code === 'EMESSAGE') return 'message-refused';
  if (code !== 'EENVELOPE') return undefined;
  if (command === 'API' || command === 'RCPT TO') return 'recipient-refused';
  return command === 'DATA' ? 'message-refused' : undefined;
}

/**
 * A gateway may say only at `RCPT TO` that it does not relay for us or does not take our sender's address (Postfix: smtpd_delay_reject). By
 * "security or policy" (X.7.X, RFC 3463 §3.8) that cannot be told from a recipient that is closed to us: once it is mended every message
 * still has to go out, and until then the others are not held up for it.
 */
function mayBeAboutUs({ command, response, ...failure }: SmtpFailure, isHandedOver: boolean): boolean {
  return (
    !isHandedOver && command === 'RCPT TO' && isClass(failure, 5) && /^5\d\d[ -]5\.7\./.test(String(response))
  );
}

function sessionFailure(failure: SmtpFailure): ReasonCode {
  if (typeof failure.responseCode === 'number' && failure.responseCode !== 421) return 'gateway-refused';
  if (isTimeout(failure)) return 'gateway-timeout';
  return failure.code === 'EAUTH' || failure.code === 'ETLS' ? 'gateway-refused' : 'gateway-unreachable';
}

function isTimeout({ code }: SmtpFailure): boolean {
  return code === 'ETIMEDOUT' || code === 'EABORT';
}

function isClass({ responseCode }: SmtpFailure, digit: 4 | 5): boolean {
  return typeof responseCode === 'number' && Math.floor(responseCode / 100) === digit;
}

/** The numbers of an answer (RFC 3463 for the second one) without its text, which may quote the recipient; else the system's word. */
function statusOf({ response, originalCode }: SmtpFailure): string | undefined {
  const [, basic, enhanced] = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3})\b)?/.exec(String(response)) ?? [];
  if (basic !== undefined) return enhanced === undefined ? basic : `${basic} ${enhanced}`;
  return typeof originalCode === 'string' && /^[A-Z0-9_]{1,64}$/.test(originalCode)
    ? originalCode
    : undefined;
}

function reasonOf(code: ReasonCode, status: string | undefined): Reason {
  return status === undefined ? { code } : { code, status };
}
