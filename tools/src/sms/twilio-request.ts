/** The parameters of Twilio's "create a message" that the catcher looks at; others are accepted and ignored, as it has no use for them. */
export interface SmsRequest {
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string;
  readonly statusCallback: string | null;
}

/** A refusal with Twilio's own code and wording (https://www.twilio.com/docs/api/errors). */
export interface TwilioRefusal {
  readonly code: number;
  readonly message: string;
}

const E164 = /^\+[1-9]\d{1,14}$/;
const SHORT_CODE = /^\d{3,8}$/;
/** An alphanumeric sender: up to 11 of these, at least one a letter. */
const SENDER_ID = /^(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}$/;
const MAX_BODY_CHARACTERS = 1600;

/** Judges the form fields in the order in which Twilio does: who, from whom, what. */
export function parseSmsRequest(form: URLSearchParams): SmsRequest | TwilioRefusal {
  const to = form.get('To') ?? '';
  const from = form.get('From') || null;
  const messagingServiceSid = form.get('MessagingServiceSid') || null;
  const body = form.get('Body') ?? '';
  const statusCallback = form.get('StatusCallback') || null;

  if (to === '') return refusal(21604, "A 'To' phone number is required.");
  if (!E164.test(to)) return refusal(21211, `The 'To' number ${to} is not a valid phone number.`);
  if (!from && !messagingServiceSid) return refusal(21603, "A 'From' phone number is required.");
  if (from && !isSender(from)) {
    return refusal(
      21212,
      `The 'From' number ${from} is not a valid phone number, shortcode, or alphanumeric sender ID.`,
    );
  }
  if (from === to) return refusal(21266, "'To' and 'From' number cannot be the same");
  if (body === '' && !form.get('MediaUrl') && !form.get('ContentSid')) {
    return refusal(21602, 'Message body is required.');
  }
  if (body.length > MAX_BODY_CHARACTERS) {
    return refusal(21617, 'The concatenated message body exceeds the 1600 character limit.');
  }
  if (statusCallback && !isWebAddress(statusCallback)) {
    return refusal(21609, `The StatusCallback URL ${statusCallback} is not a valid URL.`);
  }
  return { to, from, messagingServiceSid, body, statusCallback };
}

function refusal(code: number, message: string): TwilioRefusal {
  return { code, message };
}

function isSender(from: string): boolean {
  return E164.test(from) || SHORT_CODE.test(from) || SENDER_ID.test(from);
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
