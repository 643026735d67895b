import { jest } from '@jest/globals';
import { openBrowser } from '@orderstream/testing';
import type { Browser, Page } from 'playwright-core';
import { TestOrder } from '../support/order-events.ts';
import { RunningAnalytics } from '../support/running-analytics.ts';

jest.setTimeout(120_000);

describe('the dashboard in a browser', () => {
  let analytics: RunningAnalytics;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    analytics = await RunningAnalytics.prepare();
    browser = await openBrowser();
  });
  beforeEach(async () => {
    await analytics.start();
    page = await browser.newPage({
      locale: 'en-GB',
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });
  afterAll(async () => {
    await browser.close();
    await analytics.close();
  });

  const row = (order: TestOrder) => page.locator(`#orders tr[data-order="${order.id}"]`);
  const state = (name: string) => page.locator(`body[data-state="${name}"]`).waitFor({ timeout: 60_000 });

  it('no order yet: it says how to send one', async () => {
    await page.goto(analytics.url);
    await page.getByRole('heading', { name: 'No orders yet' }).waitFor();
    expect(await page.locator('#example').textContent()).toContain('curl http://127.0.0.1:3000/v1/orders');
    expect(await page.locator('.latest').isVisible()).toBe(false);
  });

  it('an order is placed while the page is open: it appears without a reload, and its status changes in its row', async () => {
    await page.goto(analytics.url);
    await state('live');
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    const order = new TestOrder({ customer_id: 'grace', currency: 'BHD' });
    await analytics.publish(order.created());
    await row(order).getByText('Accepted').waitFor();
    await row(order).evaluate((element: { id: string }) => void (element.id = 'the-row'));
    expect(await row(order).getByRole('cell').allTextContents()).toEqual(
      expect.arrayContaining(['BHD\u00a02.800', '2\u00a0items', 'grace', order.id]),
    );
    await analytics.publish(order.confirmed());
    await row(order).getByText('Confirmed').waitFor();
    await analytics.publish(order.paid());
    await row(order).getByText('Paid').waitFor();
    expect(await row(order).getAttribute('id')).toBe('the-row');
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
    await page.locator('.revenue li', { hasText: 'BHD' }).getByText('BHD\u00a02.800').waitFor();
    await page.locator('.orders-per-minute').getByText('The same as a table').click();
    // Nothing before the first order, and twenty minutes at least.
    await page.locator('.orders-per-minute tbody tr').nth(19).waitFor();
  });

  it('the service dies: the page says that it is out of date; the service is back: the page is live by itself', async () => {
    await page.goto(analytics.url);
    await state('live');
    await analytics.kill();
    await state('stale');
    await page.getByRole('alert').getByText('The connection to the service is lost.').waitFor();
    await analytics.start();
    await state('live');
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    const order = new TestOrder();
    await analytics.publish(order.created());
    await row(order).waitFor();
  });

  it('the service hangs without closing anything: the page notices', async () => {
    await page.goto(analytics.url);
    await state('live');
    analytics.freeze();
    await state('stale');
    analytics.thaw();
    await state('live');
  });

  it('the warehouse cannot be read: the page says what is wrong, and recovers', async () => {
    await page.goto(analytics.url);
    await state('live');
    await analytics.warehouse.rows('ALTER TABLE warehouse.orders RENAME TO gone');
    const order = new TestOrder();
    await analytics.publish(order.created());
    await state('stale');
    await page.getByRole('alert').getByText('The warehouse does not answer.').waitFor();
    expect((await fetch(`${analytics.url}/v1/dashboard`)).status).toBe(503);
    await analytics.warehouse.rows('ALTER TABLE warehouse.gone RENAME TO orders');
    await state('live');
    await row(order).waitFor();
  });

  it('paused: the page stands still; resumed: it shows what it missed', async () => {
    await page.goto(analytics.url);
    await state('live');
    await page.getByRole('button', { name: 'Pause' }).click();
    await state('paused');
    const order = new TestOrder();
    await analytics.publish(order.created());
    // The same push reaches both pages.
    const other = await browser.newPage();
    await other.goto(analytics.url);
    await other.locator(`#orders tr[data-order="${order.id}"]`).waitFor();
    await other.close();
    expect(await row(order).count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await row(order).waitFor();
  });

  it('markup where a name should be: text, nothing runs', async () => {
    const order = new TestOrder();
    await analytics.warehouse.rows(
      `INSERT INTO warehouse.orders (order_id, customer_id, currency, amount_total, item_count, created_at)
       VALUES ($1, $2, 'EUR', 1, 1, now())`,
      [order.id, '<img src=x onerror="document.title=1">'],
    );
    await page.goto(analytics.url);
    await row(order).getByText('<img src=x onerror="document.title=1">').waitFor();
    expect(await page.locator('#orders img').count()).toBe(0);
    expect(await page.title()).toBe('Orders · Orderstream');
  });

  it('on a phone: nothing is wider than the page', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await analytics.publish(new TestOrder({ customer_id: 'x'.repeat(64), currency: 'HUF' }).created());
    await page.goto(analytics.url);
    await page.locator('#orders tbody tr').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it('told to stop while somebody watches: it ends in order', async () => {
    await page.goto(analytics.url);
    await state('live');
    expect(await analytics.stop()).toBe(0);
    await state('stale');
  });
});
