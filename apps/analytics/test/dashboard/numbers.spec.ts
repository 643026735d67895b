import { amountText, decimalOf, moneyText } from '../../src/dashboard/page/numbers.ts';

describe('amounts on the page', () => {
  it.each([
    ['1250', 2, '12.50'],
    ['5', 2, '0.05'],
    ['0', 2, '0.00'],
    ['5', 0, '5'],
    ['1', 3, '0.001'],
    ['10808400000000000001', 2, '108084000000000000.01'],
  ])('%s with %i digits is %s', (minorUnits, digits, decimal) =>
    expect(decimalOf(minorUnits, digits)).toBe(decimal),
  );

  it('a sum that no number holds exactly: written to its last digit', () => {
    expect(amountText('10808400000000000001', 2).replaceAll(/\D/g, '')).toBe('10808400000000000001');
  });

  it('a currency whose people leave the minor unit out: written with it, as it is counted', () => {
    expect(moneyText(123_456, 'HUF', 2).replaceAll(/\D/g, '')).toBe('123456');
    expect(moneyText(123_456, 'HUF', 2)).toMatch(/1\D?234\D56/);
    expect(moneyText(123_456, 'JPY', 0)).toMatch(/123\D456/);
  });
});
