import type { TemplateData, TemplateName } from '../rendering/template-data.ts';
import type { ReasonCode } from '../sending/outcome.ts';

export type Channel = 'email' | 'sms';

/**
 * `queued` waits for its turn, `sending` is in a sender's hands, `sent` was taken over by the gateway, `failed` was refused for good,
 * `suppressed` has nobody to go to, `unknown` may or may not have gone out: a person decides, the service never sends it again.
 */
export type NotificationState = 'queued' | 'sending' | 'sent' | 'failed' | 'suppressed' | 'unknown';

/** One message to one recipient because of one event. Column names. */
export interface PlannedNotification<Name extends TemplateName = TemplateName> {
  readonly event_id: string;
  readonly channel: Channel;
  /** An address or a number; null when there is nobody to tell. */
  readonly recipient: string | null;
  readonly template: Name;
  readonly data: TemplateData[Name];
  /** What it is rendered for: language, and how amounts and times look. */
  readonly locale: string;
  /** The order it is about; null when it is about none. */
  readonly order_id: string | null;
  /** Null: it is for operators, or it is not known yet whom an order belongs to. */
  readonly customer_id: string | null;
  /** What the template speaks of once: a second event that says the same adds nothing. Null: every event is a matter of its own. */
  readonly about: string | null;
  /** The event's timestamp, RFC 3339. */
  readonly happened_at: string;
  /** The same for ever, however often the message is handed over. */
  readonly message_id: string;
  readonly state: 'queued' | 'suppressed' | 'unknown';
  readonly reason_code: ReasonCode | null;
  readonly reason_status: string | null;
}

/** A notification that this process, and no other one, may send now. */
export interface ClaimedNotification<Name extends TemplateName = TemplateName> extends Pick<
  PlannedNotification<Name>,
  'channel' | 'template' | 'data' | 'locale' | 'message_id'
> {
  /** Decimal digits: a bigint. */
  readonly notification_id: string;
  readonly recipient: string;
  /** Counts from 1. Together with the id it names this claim and no later one. */
  readonly attempts: number;
  /** How long it has been told "not now", ms; 0 when it has not. */
  readonly deferred_ms: number;
  /** How often it has been told so in that time. */
  readonly deferrals: number;
  /** It may have gone out at an earlier attempt. */
  readonly is_in_doubt: boolean;
  /** It was not sent before this day (UTC): `2026-06-13`. */
  readonly sent_since: string;
}
