import type { Channel, PlannedNotification } from '../ledger/notification.ts';
import type { People } from '../people/people.ts';
import { mailLocale } from '../rendering/locale.ts';
import type { TemplateName } from '../rendering/template-data.ts';
import type { ReasonCode } from '../sending/outcome.ts';
import { isSmsTemplate } from '../sms/render-sms.ts';
import { messageIdOf } from './message-id.rules.ts';
import { messageOf, type Message, type ToldEvent } from './messages.rules.ts';

export interface PlanSettings {
  /** The domain in Message-IDs. */
  readonly domain: string;
  /** What people are written to in who have not said otherwise. */
  readonly locale: string;
  /** Who gets operator alerts. */
  readonly operators: readonly string[];
}

/**
 * Who is to be told what because of this event. An event without an address still gets its row: nothing is silently not sent. An SMS is
 * planned only where a number is known, or once it is (planLateSms).
 * @param wasHandledBefore a database that is gone has handled the event: what it made of it was probably sent
 */
export function planNotifications(
  event: ToldEvent,
  people: People,
  settings: PlanSettings,
  wasHandledBefore = false,
): PlannedNotification[] {
  const message = messageOf(event, people);
  return recipientsOf(message, people, settings).map(({ channel, recipient }): PlannedNotification => {
    const reason_code = reasonFor(message, recipient, wasHandledBefore);
    return {
      event_id: event.event_id,
      channel,
      recipient,
      template: message.template,
      data: message.data,
      locale: localeOf(message, people, settings),
      order_id: message.order_id,
      customer_id: message.customer_id,
      about: message.about,
      happened_at: event.timestamp,
      message_id: messageIdOf(event.event_id, channel, settings.domain),
      state: stateFor(reason_code),
      reason_code,
      reason_status: reason_code === 'order-unknown' && wasHandledBefore ? HANDLED_BEFORE : null,
    };
  });
}

/** Beside a reason that may go away: what was suppressed for it must not be sent then. */
const HANDLED_BEFORE = 'handled-before';

/** A message that was suppressed for want of somebody to tell. */
export type Suppressed = Pick<
  PlannedNotification,
  'template' | 'data' | 'order_id' | 'customer_id' | 'reason_status'
> & { readonly notification_id: string };

/** What becomes of a suppressed message, and of what it is rendered from, now that more is known. */
export type Revised = Pick<
  PlannedNotification,
  'recipient' | 'customer_id' | 'data' | 'locale' | 'state' | 'reason_code'
> & { readonly notification_id: string };

/**
 * Looks at a suppressed message again.
 * @param wasHandledBefore as in planNotifications, of the event that brought the news
 */
export function reviseSuppressed(
  suppressed: Suppressed,
  people: People,
  settings: PlanSettings,
  wasHandledBefore: boolean,
): Revised {
  const order = suppressed.order_id === null ? undefined : people.orders.get(suppressed.order_id);
  const customer_id = suppressed.customer_id ?? order?.customer_id ?? null;
  const customer = customer_id === null ? undefined : people.customers.get(customer_id);
  const recipient = order?.email ?? customer?.email ?? null;
  const isSettled =
    suppressed.template === 'payment-failed' && order !== undefined && order.status !== 'confirmed';
  const isInDoubt = wasHandledBefore || suppressed.reason_status === HANDLED_BEFORE;
  const reason_code = isSettled
    ? 'order-settled'
    : recipient === null
      ? 'no-recipient'
      : isInDoubt
        ? 'database-restored'
        : null;
  return {
    notification_id: suppressed.notification_id,
    recipient: isSettled ? null : recipient,
    customer_id,
    data: customer?.name == null ? suppressed.data : { ...suppressed.data, name: customer.name },
    locale: mailLocale(customer?.locale, settings.locale),
    state: stateFor(reason_code),
    reason_code,
  };
}

/** What an event has told by mail, and is told by SMS, too. */
export type ToldByMail = Pick<
  PlannedNotification,
  'event_id' | 'template' | 'data' | 'order_id' | 'customer_id' | 'about' | 'happened_at'
> & { readonly was_handled_before: boolean };

/**
 * The SMS of an event that arrived before its customer's number.
 * @param wasHandledBefore as in planNotifications, of the event that brought the number
 */
export function planLateSms(
  { was_handled_before, ...told }: ToldByMail,
  people: People,
  settings: PlanSettings,
  wasHandledBefore: boolean,
): PlannedNotification[] {
  const customer = told.customer_id === null ? undefined : people.customers.get(told.customer_id);
  if (customer === undefined || customer.phone === null) return [];
  const reason_code = wasHandledBefore || was_handled_before ? 'database-restored' : null;
  const sms: PlannedNotification = {
    ...told,
    channel: 'sms',
    recipient: customer.phone,
    locale: mailLocale(customer.locale, settings.locale),
    message_id: messageIdOf(told.event_id, 'sms', settings.domain),
    state: stateFor(reason_code),
    reason_code,
    reason_status: null,
  };
  return [sms];
}

function stateFor(reason: ReasonCode | null): PlannedNotification['state'] {
  if (reason === null) return 'queued';
  return reason === 'database-restored' ? 'unknown' : 'suppressed';
}

interface Recipient {
  readonly channel: Channel;
  readonly recipient: string | null;
}

/** The order's contact, else what the customer registered with: for each channel by itself. */
function recipientsOf(message: Message, people: People, { operators }: PlanSettings): Recipient[] {
  if (message.template === 'operator-alert') {
    const addresses: readonly (string | null)[] = operators.length > 0 ? operators : [null];
    return addresses.map((recipient) => ({ channel: 'email', recipient }));
  }
  const customer = message.customer_id === null ? undefined : people.customers.get(message.customer_id);
  const email = message.contact?.email ?? customer?.email ?? null;
  const phone = message.contact?.phone ?? customer?.phone ?? null;
  const recipients: Recipient[] = [{ channel: 'email', recipient: email }];
  if (phone !== null && isSmsTemplate(message.template))
    recipients.push({ channel: 'sms', recipient: phone });
  return recipients;
}

function reasonFor(message: Message, recipient: string | null, wasHandledBefore: boolean): ReasonCode | null {
  if (message.suppressed !== undefined) return message.suppressed;
  if (recipient === null) return 'no-recipient';
  return wasHandledBefore ? 'database-restored' : null;
}

function localeOf({ template, customer_id }: Message, people: People, { locale }: PlanSettings): string {
  const isForOperators = ('operator-alert' satisfies TemplateName) === template;
  const customer = customer_id === null ? undefined : people.customers.get(customer_id);
  return isForOperators ? locale : mailLocale(customer?.locale, locale);
}
