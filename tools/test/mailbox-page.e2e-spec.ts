import { jest } from '@jest/globals';
import { openBrowser } from '@orderstream/testing';
import type { Browser, Page } from 'playwright-core';
import { startMailbox, type RunningMailbox } from '../src/mailbox/start-mailbox.ts';
import { startSmsCatcher, type RunningSmsCatcher } from '../src/sms/start-sms-catcher.ts';
import { sendRaw, temporaryDirectory } from './mailbox-client.ts';

jest.setTimeout(60_000);

let browser: Browser;
let page: Page;
let complaints: string[];
let data: Awaited<ReturnType<typeof temporaryDirectory>>;
let mailbox: RunningMailbox;
let sms: RunningSmsCatcher;

beforeEach(async () => {
  data = await temporaryDirectory();
  mailbox = await startMailbox({ smtpPort: 0, httpPort: 0, dataDir: `${data.path}/mailbox` });
  sms = await startSmsCatcher({ port: 0, dataDir: `${data.path}/sms` });
  browser = await openBrowser();
  page = await browser.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
});

afterEach(async () => {
  await browser.close();
  await mailbox.stop();
  await sms.stop();
  await data.remove();
});

function send(to: string, subject: string, rest = '\r\nhi\r\n'): Promise<string> {
  return sendRaw(mailbox.smtpPort, to, `Subject: ${subject}\r\n${rest}`);
}

it('a mail arrives while the page is open: it is listed by itself, and opens', async () => {
  await page.goto(mailbox.url);
  await page.getByText('No mails yet').waitFor();
  await send('ann@example.com', 'Your order is confirmed', 'X-Event-Id: 0190\r\n\r\nThank you\r\n');
  await page.getByRole('button', { name: 'Your order is confirmed' }).click();
  await page.locator('pre', { hasText: 'Thank you' }).waitFor();
  await page.getByRole('tab', { name: 'Headers' }).click();
  await page.getByRole('row', { name: 'x-event-id 0190' }).waitFor();
  expect(complaints).toEqual([]);
});

it('a mail full of markup: none of it runs or shows as more than text', async () => {
  const evil = `<script>document.title='pwned'</script><img src=x onerror="parent.document.title='pwned'">`;
  await send(
    'ann@example.com',
    evil,
    `From: "${evil.replaceAll('"', "'")}" <a@b.example>\r\nContent-Type: text/html\r\n\r\n${evil}<p>the end</p>\r\n`,
  );
  await page.goto(`${mailbox.url}#1`);
  await page.frameLocator('iframe').getByText('the end').waitFor();
  await page.getByRole('heading', { name: evil }).waitFor();
  expect(await page.title()).toBe('Mailbox · Orderstream');
  expect(await page.locator('#messages img, #messages script, #reader img, #reader script').count()).toBe(0);
});

it('120 mails: three pages, a search by recipient, and an empty list after emptying', async () => {
  await send('customer-1@example.com', 'Order 1.');
  const later = Array.from({ length: 119 }, (_, index) => index + 2);
  await Promise.all(later.map((index) => send(`customer-${index}@example.com`, `Order ${index}.`)));
  await page.goto(mailbox.url);
  await page.getByText('1–50 of 120').waitFor();
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByText('51–100 of 120').waitFor();
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByText('101–120 of 120').waitFor();
  await page.getByRole('button', { name: 'Order 1.' }).waitFor();
  expect(await page.getByRole('button', { name: 'Older' }).isDisabled()).toBe(true);
  await page.getByRole('searchbox').fill('CUSTOMER-11');
  await page.getByText('1–11 of 11').waitFor();
  await page.getByRole('searchbox').fill('');
  page.on('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Empty' }).click();
  await page.getByText('No mails yet').waitFor();
  expect(complaints).toEqual([]);
});

it('the mailbox goes away and comes back: the page says so and goes on', async () => {
  await page.goto(mailbox.url);
  await page.locator('#state', { hasText: 'live' }).waitFor();
  const { httpPort } = mailbox;
  await mailbox.stop();
  await page.locator('#state', { hasText: 'not reachable' }).waitFor();
  mailbox = await startMailbox({ smtpPort: 0, httpPort, dataDir: `${data.path}/mailbox` });
  await send('ann@example.com', 'after the restart');
  await page.getByRole('button', { name: 'after the restart' }).waitFor();
});

it('an SMS arrives while the page is open: it is listed by itself, as text', async () => {
  await page.goto(sms.url);
  await page.getByText('No messages yet').waitFor();
  const form = { To: '+491701234567', From: 'Orderstream', Body: '<b>Order confirmed</b>' };
  await fetch(`${sms.url}2010-04-01/Accounts/AC0/Messages.json`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  await page.getByText('<b>Order confirmed</b>').waitFor();
  await page.getByText('+491701234567').waitFor();
  expect(complaints).toEqual([]);
});
