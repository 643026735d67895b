/**
 * How many decimals an amount in minor units has: ISO 4217 list one. `Intl` follows CLDR, which rounds away the minor units of some
 * thirty currencies because nobody uses the coins (IQD, IDR, HUF, COP, …); events count in them all the same.
 */
const DECIMALS: readonly (readonly [decimals: number, currencies: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  // No minor unit at all: metals, funds, test and "no currency".
  [0, 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const byCurrency = new Map(
  DECIMALS.flatMap(([decimals, currencies]) =>
    currencies.split(' ').map((code) => [code, decimals] as const),
  ),
);

export function decimalsOf(currency: string): number {
  return byCurrency.get(currency) ?? 2;
}
