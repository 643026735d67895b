/**
 * ISO 4217 list one, column "minor unit", where it is not 2. Intl is no source for it: it has the digits that people write, which for
 * HUF, IDR, COP, IQD, PKR and a dozen more are not those that amounts are counted in.
 */
const DIGITS: Readonly<Record<string, readonly string[]>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '),
  3: 'BHD IQD JOD KWD LYD OMR TND'.split(' '),
  4: 'CLF UYW'.split(' '),
  // "N.A." in the list: metals, funds, tests. What has no minor unit is counted in whole ones.
  none: 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' '),
};

const digitsOf = new Map(
  Object.entries(DIGITS).flatMap(([digits, codes]) =>
    codes.map((code) => [code, digits === 'none' ? 0 : Number(digits)] as const),
  ),
);

/** How many decimals an amount in minor units of `currency` (ISO 4217) has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorUnitDigits(currency: string): number {
  return digitsOf.get(currency) ?? 2;
}
