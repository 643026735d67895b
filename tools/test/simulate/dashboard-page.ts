import type { Browser, Page } from 'playwright-core';

/** What the dashboard tells of today, to the unit; amounts in minor units. */
export interface DashboardFigures {
  readonly orders: Readonly<Record<'created' | 'confirmed' | 'rejected' | 'paid' | 'cancelled', number>>;
  /** By currency. */
  readonly revenue: readonly Revenue[];
  readonly funnel: Readonly<Record<'viewed' | 'added_to_cart' | 'checked_out' | 'purchased', number>>;
  readonly top_products: readonly { readonly sku: string; readonly pieces: number }[];
  /** Minutes in which something happened, as the page's clock writes them, oldest first. */
  readonly minutes: readonly {
    readonly minute: string;
    readonly created: number;
    readonly confirmed: number;
    readonly rejected: number;
  }[];
}

interface Revenue {
  readonly currency: string;
  readonly amount_created: number;
  readonly amount_confirmed: number;
  readonly amount_paid: number;
}

/** The dashboard in a browser tab that stays open, with the minutes of its first chart as a table. */
export async function openDashboard(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({
    locale: 'en-GB',
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  });
  await page.goto(url);
  await page.locator('body[data-state="live"]').waitFor();
  await page.getByRole('region', { name: 'Orders per minute' }).getByText('The same as a table').click();
  return page;
}

/** What somebody is read out who does not see the page: its accessible text of one moment, and nothing else. */
export async function readDashboard(page: Page): Promise<DashboardFigures> {
  const lines = (await page.locator('main').ariaSnapshot()).split('\n').map(textOf);
  const after = (line: string, steps = 1): string => lines[lines.indexOf(line) + steps] ?? '';
  const [rejected, cancelled] = [after('Confirmed today', 2), after('Paid today', 2)];
  return {
    orders: {
      created: numberIn(after('Orders today')),
      confirmed: numberIn(after('Confirmed today')),
      rejected: numberIn(/^([\d,]+) rejected/.exec(rejected)?.[1]),
      paid: numberIn(after('Paid today')),
      cancelled: numberIn(/^([\d,]+) cancelled$/.exec(cancelled)?.[1]),
    },
    revenue: itemsUnder(lines, 'region "Revenue today by currency":').map(revenueOf).sort(byCurrency),
    funnel: {
      viewed: numberIn(after('Looked at a product')),
      added_to_cart: numberIn(after('Filled the cart')),
      checked_out: numberIn(after('Began the checkout')),
      purchased: numberIn(after('Bought')),
    },
    top_products: itemsUnder(lines, 'list "Products by pieces":').map(([sku = '', pieces]) => ({
      sku,
      pieces: numberIn(pieces),
    })),
    minutes: lines.flatMap(minuteOf).reverse(),
  };
}

/** A line of the tree without its place in it, and, where it is text, the text alone. */
function textOf(line: string): string {
  const node = line.trim().replace(/^- /, '');
  return node.replace(/^(?:text|strong|term|definition|paragraph): (?:"(.*)"$)?/, '$1');
}

/** The texts of each list item under that line. */
function itemsUnder(lines: readonly string[], line: string): string[][] {
  const items: string[][] = [];
  for (const text of lines.slice(lines.indexOf(line) + 1)) {
    if (text === 'listitem:') items.push([]);
    else if (/^(?:region|heading|table) /.test(text)) break;
    else items.at(-1)?.push(text);
  }
  return items;
}

function revenueOf([currency = '', confirmed, others = '']: readonly string[]): Revenue {
  const [, created, paid] = /^(\S+) ordered · (\S+) paid$/.exec(others) ?? [];
  return {
    currency,
    amount_created: numberIn(created),
    amount_confirmed: numberIn(confirmed),
    amount_paid: numberIn(paid),
  };
}

function byCurrency(one: Revenue, other: Revenue): number {
  return one.currency < other.currency ? -1 : 1;
}

function minuteOf(line: string): DashboardFigures['minutes'] {
  const [, minute, ...counts] = /^row "(\d\d:\d\d) ([\d,]+) ([\d,]+) ([\d,]+)":$/.exec(line) ?? [];
  const [created = 0, confirmed = 0, rejected = 0] = counts.map(numberIn);
  return minute === undefined || created + confirmed + rejected === 0
    ? []
    : [{ minute, created, confirmed, rejected }];
}

/** Amounts are written with all their decimals: their digits are minor units. */
function numberIn(text: string | undefined): number {
  const digits = text?.replaceAll(/\D/g, '') ?? '';
  return digits === '' ? Number.NaN : Number(digits);
}
