import { minorUnitDigits } from '../src/index.ts';

describe('decimals of a currency', () => {
  it.each([
    ['EUR', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['UYW', 4],
    ['XAU', 0],
  ])('%s has %i', (currency, digits) => expect(minorUnitDigits(currency)).toBe(digits));

  it('a currency that people write without its minor unit: still counted in it', () => {
    const intl = new Intl.NumberFormat('en', { style: 'currency', currency: 'HUF' }).resolvedOptions();
    expect(intl.maximumFractionDigits).toBe(0);
    expect(minorUnitDigits('HUF')).toBe(2);
  });
});
