import type { OrderConfirmedData } from '../rendering/order-confirmed.ts';

export type Channel = 'email' | 'sms';

/**
 * `queued` waits for its turn, `sending` is in a sender's hands, `sent` was taken over by the gateway, `failed` was refused for good,
 * `suppressed` has nobody to go to, `unknown` may or may not have gone out: a person decides, the service never sends it again.
 */
export type NotificationState = 'queued' | 'sending' | 'sent' | 'failed' | 'suppressed' | 'unknown';

/** What each template needs besides the words that are in it; kept in the ledger until the message is rendered. */
export interface TemplateData {
  'order-confirmed': OrderConfirmedData;
}

export type TemplateName = keyof TemplateData;

/** One message to one recipient because of one event. Column names. */
export interface PlannedNotification<Name extends TemplateName = TemplateName> {
  readonly event_id: string;
  readonly channel: Channel;
  /** An address or a number; null when there is nobody to tell. */
  readonly recipient: string | null;
  readonly template: Name;
  readonly data: TemplateData[Name];
  /** The order it is about; null when it is about none. */
  readonly order_id: string | null;
  /** The same for ever, however often the message is handed over. */
  readonly message_id: string;
}

/** A notification that this process, and no other one, may send now. */
export interface ClaimedNotification<Name extends TemplateName = TemplateName> extends Omit<
  PlannedNotification<Name>,
  'recipient'
> {
  /** Decimal digits: a bigint. */
  readonly notification_id: string;
  readonly recipient: string;
  /** Counts from 1. Together with the id it names this claim and no later one. */
  readonly attempts: number;
  /** How long it has been in the ledger, ms. */
  readonly age_ms: number;
}
