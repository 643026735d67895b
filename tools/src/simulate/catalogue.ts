/** What the shop sells. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  /** In cents of EUR; other currencies follow. */
  readonly cents: number;
}

/** The most popular first. */
export const catalogue: readonly Product[] = [
  ['COFFEE-1KG', 'House blend, 1 kg', 1890],
  ['FILTER-100', 'Paper filters, 100', 350],
  ['CUP-WHITE', 'Cup, white', 1250],
  ['TEA-EARLGREY', 'Earl Grey, 100 g', 690],
  ['COFFEE-250G', 'House blend, 250 g', 590],
  ['GRINDER-HAND', 'Hand grinder', 5900],
  ['TEA-SENCHA', 'Sencha, 100 g', 1190],
  ['SAUCER-WHITE', 'Saucer, white', 690],
  ['KETTLE-GOOSE', 'Gooseneck kettle', 7900],
  ['ESPRESSO-1KG', 'Espresso, 1 kg', 2190],
  ['MUG-BLUE', 'Mug, blue', 1490],
  ['FRENCH-PRESS', 'French press, 1 l', 3400],
  ['SCALE-01G', 'Scale, 0.1 g', 4500],
  ['TEA-ROOIBOS', 'Rooibos, 100 g', 550],
  ['DRIPPER-V60', 'Dripper', 2290],
  ['BEANS-DECAF', 'Decaf, 500 g', 1290],
  ['SPOON-SILVER', 'Spoon', 890],
  ['MILK-FROTHER', 'Milk frother', 2990],
  ['TEAPOT-IRON', 'Cast-iron teapot', 6900],
  ['COOKIES-OAT', 'Oat cookies', 420],
  ['GRINDER-ELEC', 'Electric grinder', 18900],
  ['TOWEL-LINEN', 'Linen towel', 1590],
  ['JAR-GLASS', 'Glass jar', 990],
  ['MACHINE-ESP', 'Espresso machine', 64900],
].map(([sku, name, cents]) => ({ sku, name, cents }) as Product);

/** How often visitors pay in it, and what a cent of EUR is in its minor unit. */
export const currencies = [
  { code: 'EUR', share: 0.6, perCent: 1 },
  { code: 'USD', share: 0.22, perCent: 1.1 },
  { code: 'GBP', share: 0.1, perCent: 0.85 },
  { code: 'JPY', share: 0.08, perCent: 1.6 },
] as const;
export type Currency = (typeof currencies)[number];

/** The price of a piece, in minor units of the currency. */
export function unitAmount({ cents }: Product, { perCent }: Currency): number {
  return Math.round(cents * perCent);
}
