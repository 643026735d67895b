import type { Outcome, Reason, ReasonCode } from '../sending/outcome.ts';

/** What nodemailer says of a failure (its errors.js and smtp-connection): the step, the gateway's answer, its own code. */
export interface SmtpFailure {
  /** ECONNECTION, ESOCKET, ETIMEDOUT, EDNS, ETLS, EAUTH, EPROTOCOL, EENVELOPE, EMESSAGE, EABORT, … */
  readonly code?: unknown;
  /** The command that was answered: `MAIL FROM`, `RCPT TO`, `DATA`. `CONN` at any stage of the session, `API` before it. */
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
}

/**
 * Answers that say nothing about the message: service closing (421), wrong order of commands (503), login wanted or wrong (530, 534,
 * 535, 538). RFC 5321 §4.2.3, RFC 4954 §6.
 */
const ABOUT_THE_SESSION = new Set([421, 503, 530, 534, 535, 538]);

/**
 * What a failed delivery means. `bodyBegun` decides between "surely not sent" and "unknown": nodemailer reports a broken or silent
 * connection as `CONN` whatever was on its way, so the step must be known from elsewhere.
 */
export function smtpOutcome(failure: SmtpFailure, bodyBegun: boolean): Outcome {
  return bodyBegun ? afterBody(failure) : beforeBody(failure);
}

/**
 * Only a clear answer to the message itself settles it. 421 is none: a server that shuts down says it to everybody, also while it is
 * storing the message it has just read.
 */
function afterBody(failure: SmtpFailure): Outcome {
  const status = statusOf(failure);
  if (failure.command === 'DATA' && failure.code === 'EMESSAGE' && failure.responseCode !== 421) {
    const reason = reasonOf('message-refused', status);
    if (isClass(failure, 5) && failure.responseCode !== 503) return { kind: 'refused', reason };
    if (isClass(failure, 4) || failure.responseCode === 503) return { kind: 'deferred', reason };
  }
  return {
    kind: 'unknown',
    reason: reasonOf(isTimeout(failure) ? 'answer-timeout' : 'answer-lost', status),
  };
}

function beforeBody(failure: SmtpFailure): Outcome {
  const status = statusOf(failure);
  const refused = messageRefusal(failure);
  if (refused !== undefined) {
    const reason = reasonOf(refused, status);
    return { kind: isClass(failure, 4) ? 'deferred' : 'refused', reason };
  }
  return { kind: 'unavailable', reason: reasonOf(sessionFailure(failure), status) };
}

/**
 * Undefined when it is not this message that was refused. The sender's address is the same for every message: a gateway that does not
 * take it (`MAIL FROM`) refuses us, not the message, and once that is mended every message still has to go out.
 */
function messageRefusal({ code, command, responseCode }: SmtpFailure): ReasonCode | undefined {
  if (code === 'EMESSAGE') return 'message-refused';
  if (code !== 'EENVELOPE' || ABOUT_THE_SESSION.has(Number(responseCode))) return undefined;
  if (command === 'API' || command === 'RCPT TO') return 'recipient-refused';
  return command === 'DATA' ? 'message-refused' : undefined;
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

/** The numbers of an answer, without its text: that may quote the recipient. RFC 3463 for the second one. */
function statusOf({ response }: SmtpFailure): string | undefined {
  if (typeof response !== 'string') return undefined;
  const [, basic, enhanced] = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3})\b)?/.exec(response) ?? [];
  return enhanced === undefined ? basic : `${basic} ${enhanced}`;
}

function reasonOf(code: ReasonCode, status: string | undefined): Reason {
  return status === undefined ? { code } : { code, status };
}
