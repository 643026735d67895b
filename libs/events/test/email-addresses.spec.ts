import { isEmail, isNewEmail } from '../src/contracts/formats.ts';

describe('e-mail addresses', () => {
  it.each([
    'ada@example.com',
    'ada.lovelace+shop@mail.example.co.uk',
    "o'brien@a-b.example",
    'ada@xn--11b4c3d.xn--h2brj9c',
    'ada@1.example',
    'ада@пример.рф',
    'राम@डाटामेल.भारत',
    'ராம்@உதாரணம்.இந்தியா',
    'a@e\u0301cole.fr',
    `a@${'x'.repeat(63)}.example`,
  ])('%s: is one', (address) => {
    expect([isNewEmail(address), isEmail(address)]).toEqual([true, true]);
  });

  it.each([
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@example.',
    'ada@.com',
    'ada@example..com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example.c',
    'ada@\u0301example.com',
    'ada@example.\u0301com',
    'a b@example.com',
    'ada@b@example.com',
    'Ada <ada@example.com>',
    'ada@exam_ple.com',
    'ada@example.com\n',
    `${'a'.repeat(243)}@example.com`,
  ])('%j: is none', (address) => {
    expect([isNewEmail(address), isEmail(address)]).toEqual([false, false]);
  });

  it.each(['a@example.c-', 'a@example.-com', 'a@example.--'])(
    '%j, which was accepted once: is read, but no new one',
    (address) => {
      expect([isNewEmail(address), isEmail(address)]).toEqual([false, true]);
    },
  );
});
