import type { Page } from '../catchers/record-log.ts';
import type { Sms } from './sms.ts';

const API_VERSION = '2010-04-01';

export function messagesPath(accountSid: string): string {
  return `/${API_VERSION}/Accounts/${accountSid}/Messages`;
}

/**
 * Twilio's representation of a message. It is `queued` in the answer to the request that made it and `delivered` whenever it is
 * read later: the person at this end has it.
 */
export function twilioMessage(sms: Sms, status: 'queued' | 'delivered') {
  const path = `${messagesPath(sms.account_sid)}/${sms.sid}`;
  const date = rfc2822(sms.received_at);
  return {
    account_sid: sms.account_sid,
    api_version: API_VERSION,
    body: sms.body,
    date_created: date,
    date_sent: status === 'queued' ? null : date,
    date_updated: date,
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: sms.from,
    messaging_service_sid: sms.messaging_service_sid,
    num_media: '0',
    num_segments: String(sms.num_segments),
    price: null,
    price_unit: 'USD',
    sid: sms.sid,
    status,
    subresource_uris: { media: `${path}/Media.json` },
    to: sms.to,
    uri: `${path}.json`,
  };
}

export interface ListPage {
  readonly path: string;
  readonly filter: Record<string, string>;
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
}

/** What Twilio puts around a page of messages. */
export function twilioList({ path, filter, page, pageSize, total }: ListPage, messages: readonly object[]) {
  const uri = (number: number) =>
    `${path}?${new URLSearchParams({ ...filter, PageSize: String(pageSize), Page: String(number) }).toString()}`;
  const start = page * pageSize;
  return {
    end: Math.max(start, start + messages.length - 1),
    first_page_uri: uri(0),
    messages,
    next_page_uri: start + messages.length < total ? uri(page + 1) : null,
    page,
    page_size: pageSize,
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    start,
    uri: uri(page),
  };
}

export function pageOf({ page, pageSize }: Pick<ListPage, 'page' | 'pageSize'>): Page {
  return { limit: pageSize, offset: page * pageSize };
}

export function twilioError(status: number, code: number, message: string) {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

/** `Fri, 24 May 2019 17:18:27 +0000` */
function rfc2822(iso: string): string {
  return new Date(iso).toUTCString().replace('GMT', '+0000');
}
