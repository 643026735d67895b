import { orders, recordOf, uuidv7, webEvents } from '@orderstream/events';
import { eventually, openBrowser } from '@orderstream/testing';
import type { Browser, Page } from 'playwright-core';
import type { DashboardSnapshot } from '../../src/dashboard/page/snapshot.ts';
import { TestOrder } from '../support/order-events.ts';
import { RunningAnalytics } from '../support/running-analytics.ts';
import { Visit } from '../support/visits.ts';

describe('each panel with live data', () => {
  let analytics: RunningAnalytics;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    analytics = await RunningAnalytics.prepare({ LAG_WINDOW: '5s' });
    [browser] = await Promise.all([openBrowser(), analytics.start()]);
    page = await browser.newPage({
      locale: 'en-GB',
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(analytics.url);
    await page.locator('body[data-state="live"]').waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await analytics.close();
    expect(complaints).toEqual([]);
  });

  const panel = (title: string) => page.getByRole('region', { name: title, exact: true });
  const now = (): string => new Date().toISOString();

  it('visits: how far they came, with each step’s share of the one before', async () => {
    const visits = [0, 1, 2, 3].map(() => new Visit(uuidv7()));
    const events = visits.flatMap((visit, index) => [
      visit.product(now()),
      ...(index < 2 ? [visit.cart(now())] : []),
      ...(index < 1 ? [visit.checkout(now()), visit.purchase(now())] : []),
    ]);
    await analytics.send(...events.map((event) => recordOf(webEvents.name, event.payload.session_id, event)));
    const step = (name: string) => panel('Visits today').getByRole('listitem').filter({ hasText: name });
    await step('Looked at a product').getByText('4', { exact: true }).waitFor();
    await step('Filled the cart').getByText('50%').waitFor();
    await step('Bought').getByText('1', { exact: true }).waitFor();
  });

  it('an order: in the charts, among the products, in the revenue; its timeline in a dialog that Escape closes', async () => {
    const items = [{ sku: 'pour-over-kettle', quantity: 3, unit_amount: 4_900 }];
    const order = new TestOrder({ customer_id: 'grace', items });
    await analytics.publish(order.created(), order.confirmed());
    await panel('Top products').getByText('pour-over-kettle').waitFor();
    await panel('Top products').getByText('€147.00').waitFor();
    await panel('Revenue per minute').getByText('€147.00').waitFor();
    await panel('Orders per minute').locator('canvas').waitFor();
    await panel('End to end').getByText('Accepted → ruled').waitFor();

    await page.getByRole('button', { name: order.id.slice(24) }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Order' });
    const steps = dialog.getByRole('list', { name: 'Timeline' }).getByRole('listitem');
    await steps.filter({ hasText: 'Confirmed' }).waitFor();
    expect(await steps.count()).toBe(2);
    await analytics.publish(order.paid());
    await steps.filter({ hasText: 'Paid' }).waitFor();
    await dialog.getByText('3 × pour-over-kettle').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('the arrow keys walk through the chart’s minutes', async () => {
    const chart = panel('Orders per minute').getByRole('img');
    const minute = panel('Orders per minute').locator('.legend-time');
    const last = await minute.textContent();
    await chart.focus();
    await chart.press('ArrowLeft');
    await chart.press('ArrowLeft');
    await eventually(async () => expect(await minute.textContent()).not.toBe(last));
  });

  it('a suspicion: who, by which rule, on what evidence', async () => {
    await panel('Fraud alerts').getByText('Nothing suspicious so far.').waitFor();
    await analytics.warehouse.rows(
      `INSERT INTO warehouse.fraud_suspicions (subject_type, subject_id, rule, score, window_start, window_end, evidence, detected_at)
       VALUES ('customer', 'c-4711', 'order_velocity', 0.92, now(), now(), '{"orders": 14}', now())`,
    );
    await panel('Fraud alerts').getByText('c-4711').waitFor();
    await panel('Fraud alerts').getByText('order velocity').waitFor();
    await panel('Fraud alerts').getByText('orders 14').waitFor();
  });

  it('a record nobody can read: a dead letter, by its reason', async () => {
    const letters = async (): Promise<number> => {
      const snapshot = (await (await fetch(`${analytics.url}/v1/dashboard`)).json()) as DashboardSnapshot;
      const own = snapshot.dead_letters.counts.filter(
        ({ group, reason }) => group === 'analytics' && reason === 'not-json',
      );
      return own.reduce((sum, { count }) => sum + count, 0);
    };
    // The topic is shared with other tests.
    const before = await letters();
    await analytics.send({ topic: orders.name, key: uuidv7(), value: '{', headers: {} });
    await eventually(async () => expect(await letters()).toBe(before + 1));
    const line = panel('Dead letters')
      .getByRole('listitem')
      .filter({ hasText: 'not json · analytics, orders' });
    await line.getByText(String(before + 1), { exact: true }).waitFor();
  });

  it('the groups: a verdict for each, and by topic for who wants to know', async () => {
    const row = panel('Consumer lag')
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: 'analytics' }) });
    await row.getByText('OK').waitFor();
    await panel('Consumer lag').getByText('By topic').click();
    await panel('Consumer lag').locator('tr[data-topic="web-events"]').waitFor();
    const metrics = await (await fetch(`${analytics.url}/metrics`)).text();
    expect(metrics).toMatch(
      /orderstream_consumer_group_lag_verdict\{group="analytics",topic="orders",verdict="OK"\} 1/,
    );
    expect(metrics).toMatch(/orderstream_consumer_group_lag_seconds\{group="worker",topic="orders"\}/);
  });

  it('the page’s files: never out of date, kept for ever where the name says what is in them, and nothing else', async () => {
    const html = await fetch(analytics.url);
    expect(html.headers.get('cache-control')).toBe('no-cache');
    expect(html.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    const script = /src="\.\/(assets\/[^"]+-[\w-]{8}\.js)"/.exec(await html.text())?.[1];
    const asset = await fetch(`${analytics.url}/${script}`);
    expect(asset.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const known = asset.headers.get('etag') ?? '';
    expect((await fetch(`${analytics.url}/${script}`, { headers: { 'if-none-match': known } })).status).toBe(
      304,
    );
    expect((await fetch(`${analytics.url}/assets/..%2findex.html`)).status).toBe(404);
    expect((await fetch(`${analytics.url}/v1/dashboard/orders/${uuidv7()}`)).status).toBe(404);
  });

  it('another scheme of colours: the charts take it, without a reload', async () => {
    const canvas = panel('Orders per minute').locator('canvas');
    const before = await canvas.screenshot();
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually(async () => expect(before.equals(await canvas.screenshot())).toBe(false));
  });
});
