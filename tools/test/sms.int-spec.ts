import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RecordLog } from '../src/catchers/record-log.ts';
import { newSid, storeSms, type Sms } from '../src/sms/sms.ts';
import { startSmsCatcher, type RunningSmsCatcher } from '../src/sms/start-sms-catcher.ts';
import { getJson, temporaryDirectory } from './mailbox-client.ts';

const ACCOUNT = 'AC00000000000000000000000000000000';
const MESSAGES = `2010-04-01/Accounts/${ACCOUNT}/Messages`;
const valid = { To: '+491701234567', From: '+15005550006', Body: 'Order confirmed. Grüße 🎉' };

interface SmsList {
  readonly total: number;
  readonly messages: Sms[];
}

interface TwilioMessage {
  readonly sid: string;
  readonly status: string;
  readonly uri: string;
  readonly [member: string]: unknown;
}

interface TwilioList {
  readonly messages: TwilioMessage[];
  readonly next_page_uri: string | null;
  readonly previous_page_uri: string | null;
  readonly [member: string]: unknown;
}

let data: Awaited<ReturnType<typeof temporaryDirectory>>;
let catcher: RunningSmsCatcher;

beforeEach(async () => {
  data = await temporaryDirectory();
  catcher = await startSmsCatcher({ port: 0, dataDir: data.path });
});

afterEach(async () => {
  await catcher.stop();
  await data.remove();
});

function send(form: Record<string, string>): Promise<Response> {
  return fetch(`${catcher.url}${MESSAGES}.json`, { method: 'POST', body: new URLSearchParams(form) });
}

async function sent(form: Record<string, string>): Promise<TwilioMessage> {
  const response = await send(form);
  expect(response.status).toBe(201);
  return (await response.json()) as TwilioMessage;
}

function caught(query = ''): Promise<SmsList> {
  return getJson<SmsList>(`${catcher.url}api/v1/messages${query}`);
}

describe('a message', () => {
  it('sent: 201 in Twilio’s shape', async () => {
    const message = await sent({ ...valid, StatusCallback: 'http://127.0.0.1:1/status' });
    expect(message).toEqual({
      account_sid: ACCOUNT,
      api_version: '2010-04-01',
      body: valid.Body,
      date_created: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/) as string,
      date_sent: null,
      date_updated: message['date_created'],
      direction: 'outbound-api',
      error_code: null,
      error_message: null,
      from: valid.From,
      messaging_service_sid: null,
      num_media: '0',
      num_segments: '1',
      price: null,
      price_unit: 'USD',
      sid: expect.stringMatching(/^SM[0-9a-f]{32}$/) as string,
      status: 'queued',
      subresource_uris: { media: `/${MESSAGES}/${message.sid}/Media.json` },
      to: valid.To,
      uri: `/${MESSAGES}/${message.sid}.json`,
    });
    expect(await caught()).toEqual({
      total: 1,
      messages: [
        {
          sid: message.sid,
          account_sid: ACCOUNT,
          to: valid.To,
          from: valid.From,
          messaging_service_sid: null,
          body: valid.Body,
          num_segments: 1,
          status_callback: 'http://127.0.0.1:1/status',
          received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        },
      ],
    });
  });

  it('fetched: the same, delivered', async () => {
    const message = await sent(valid);
    const fetched = await getJson<TwilioMessage>(new URL(message.uri, catcher.url).href);
    expect(fetched).toEqual({ ...message, status: 'delivered', date_sent: message['date_created'] });
    const own = await getJson<Sms>(`${catcher.url}api/v1/messages/${message.sid}`);
    expect(own).toMatchObject({ sid: message.sid, body: valid.Body });
  });

  it.each([
    ['a short code', { ...valid, From: '12345' }],
    ['a name as sender', { ...valid, From: 'Orderstream' }],
    ['a messaging service', { To: valid.To, Body: 'x', MessagingServiceSid: 'MG0' }],
    ['a picture and no text', { To: valid.To, From: valid.From, MediaUrl: 'https://shop.example/a.png' }],
    ['1,600 characters', { ...valid, Body: 'x'.repeat(1600) }],
    ['characters that need care', { ...valid, Body: '<script>&+%00"\u202Eabc\n' }],
  ])('sent with %s: taken as it is', async (_name, form: Record<string, string>) => {
    const message = await sent(form);
    expect((await caught()).messages[0]).toMatchObject({ sid: message.sid, body: form['Body'] ?? '' });
  });

  it.each<[string, Record<string, string>, number, RegExp]>([
    ['no To', { From: valid.From, Body: 'x' }, 21604, /^A 'To' phone number is required\.$/],
    ['an empty To', { ...valid, To: '' }, 21604, /'To'/],
    [
      'a To that is no number',
      { ...valid, To: 'ann' },
      21211,
      /^The 'To' number ann is not a valid phone number\.$/,
    ],
    ['a To without its plus', { ...valid, To: '491701234567' }, 21211, /'To' number/],
    ['a To that is too long', { ...valid, To: '+1234567890123456' }, 21211, /'To' number/],
    ['no From', { To: valid.To, Body: 'x' }, 21603, /'From' phone number is required/],
    ['a From that is none', { ...valid, From: '+0' }, 21212, /'From' number \+0/],
    ['From as To', { ...valid, From: valid.To }, 21266, /same/],
    ['no Body', { To: valid.To, From: valid.From }, 21602, /^Message body is required\.$/],
    ['a Body too long', { ...valid, Body: 'x'.repeat(1601) }, 21617, /1600 character limit/],
    ['a StatusCallback that is no URL', { ...valid, StatusCallback: 'me' }, 21609, /StatusCallback URL me/],
  ])('refused for %s, in Twilio’s shape', async (_name, form, code, message) => {
    const response = await send(form);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      code,
      message: expect.stringMatching(message) as string,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
      status: 400,
    });
    expect((await caught()).total).toBe(0);
  });

  it('posted as JSON, or as nothing: To is missing, as there', async () => {
    const url = `${catcher.url}${MESSAGES}.json`;
    const asJson = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(valid),
    });
    expect(await asJson.json()).toMatchObject({ code: 21604, status: 400 });
    expect(await (await fetch(url, { method: 'POST' })).json()).toMatchObject({ code: 21604, status: 400 });
  });

  it('that does not exist: 404 in Twilio’s shape', async () => {
    const response = await fetch(`${catcher.url}${MESSAGES}/SM0.json`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 20404, status: 404 });
    expect((await fetch(`${catcher.url}api/v1/messages/SM0`)).status).toBe(404);
  });
});

describe('the list', () => {
  beforeEach(async () => {
    for (let index = 0; index < 5; index += 1) await sent({ ...valid, Body: `to one: ${index}` });
    await sent({ ...valid, To: '+4930123456', Body: 'to another' });
  });

  it('is the messages of one number, newest first, also where the plus was not encoded', async () => {
    for (const to of [encodeURIComponent(valid.To), valid.To]) {
      const { total, messages } = await caught(`?to=${to}&limit=2&offset=1`);
      expect(total).toBe(5);
      expect(messages.map(({ body }) => body)).toEqual(['to one: 3', 'to one: 2']);
    }
    expect((await caught('?search=30123')).messages.map(({ body }) => body)).toEqual(['to another']);
  });

  it('comes in Twilio’s pages', async () => {
    const path = `/${MESSAGES}.json`;
    let uri: string | null = `${path}?To=${encodeURIComponent(valid.To)}&PageSize=2`;
    const pages: TwilioList[] = [];
    while (uri) {
      const page: TwilioList = await getJson<TwilioList>(new URL(uri, catcher.url).href);
      pages.push(page);
      uri = page.next_page_uri;
    }
    expect(pages.map(({ messages }) => messages.map((message) => message['body']))).toEqual([
      ['to one: 4', 'to one: 3'],
      ['to one: 2', 'to one: 1'],
      ['to one: 0'],
    ]);
    expect(pages[1]).toMatchObject({ page: 1, page_size: 2, start: 2, end: 3 });
    expect(pages[1]?.previous_page_uri).toBe(`${path}?To=%2B491701234567&PageSize=2&Page=0`);
  });

  it('from a day on: those that arrived on it or later, in pages', async () => {
    await catcher.stop();
    const log = await RecordLog.open(join(data.path, 'messages.log'));
    const days = ['2026-06-11', '2026-06-12', '2026-06-13', '2026-06-13', '2026-06-14'];
    for (const [index, day] of days.entries()) {
      const sms = { account_sid: ACCOUNT, to: '+4930999999', from: valid.From, body: `${index}` };
      const unused = { messaging_service_sid: null, num_segments: 1, status_callback: null };
      await storeSms(log, { sid: newSid(), ...sms, ...unused, received_at: `${day}T00:00:00.000Z` });
    }
    await log.close();
    catcher = await startSmsCatcher({ port: 0, dataDir: data.path });
    const list = async (day: string): Promise<unknown[]> => {
      const all: unknown[] = [];
      const query = new URLSearchParams({ To: '+4930999999', 'DateSent>': day, PageSize: '2' });
      let uri: string | null = `/${MESSAGES}.json?${query.toString()}`;
      while (uri !== null) {
        const page: TwilioList = await getJson<TwilioList>(new URL(uri, catcher.url).href);
        all.push(...page.messages.map(({ body }) => body));
        uri = page.next_page_uri;
      }
      return all;
    };
    expect(await list('2026-06-13')).toEqual(['4', '3', '2']);
    expect(await list('2026-06-01')).toHaveLength(5);
    expect(await list('2026-06-15')).toEqual([]);
    const odd = await fetch(`${catcher.url}${MESSAGES}.json?DateSent>=yesterday`);
    expect(odd.status).toBe(400);
  });

  it('asked for what the catcher cannot filter by: refused, not answered with everything', async () => {
    for (const query of ['From=%2B1', 'DateSent=2026-01-01', 'DateSent%3C=2026-01-01']) {
      const response = await fetch(`${catcher.url}${MESSAGES}.json?${query}`);
      expect(await response.json()).toMatchObject({ code: 20001, status: 400 });
    }
  });

  it('is still there after a restart, and gone after DELETE', async () => {
    const before = await caught();
    expect(before.total).toBe(6);
    await catcher.stop();
    catcher = await startSmsCatcher({ port: 0, dataDir: data.path });
    expect(await caught()).toEqual(before);
    expect((await fetch(`${catcher.url}api/v1/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(await caught()).toEqual({ total: 0, messages: [] });
  });
});

it('1,000 at once: each is there exactly once', async () => {
  const bodies = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
  await Promise.all(bodies.map((Body) => sent({ ...valid, Body })));
  const { total, messages } = await caught('?limit=1000');
  expect(total).toBe(1000);
  expect(messages.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
});

it('its port is taken: one sentence', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(startSmsCatcher({ port, dataDir: data.path })).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringContaining(
      `Port ${port} of 127.0.0.1, where the SMS catcher should listen`,
    ) as string,
  });
  await new Promise((resolve) => other.close(resolve));
});
