import { textWithoutContacts, withoutContacts } from '../../src/log/masked.ts';

describe('what is shown of a record', () => {
  it('contact details wherever they stand: masked; the rest as it is', () => {
    const payload = {
      order_id: '019a',
      contact: { email: 'ada@example.com', phone: '+4915112345678' },
      users: [{ user_id: 'ada', email: 'ada@example.com', name: 'Ada', phone: null }],
      reason: 'write to ada@example.com or call +4915112345678 (order 019a)',
      amount_total: 450,
      message_id: '<019a.email@orderstream.example>',
    };
    expect(withoutContacts(payload)).toEqual({
      order_id: '019a',
      contact: { email: '•••', phone: '•••' },
      users: [{ user_id: 'ada', email: '•••', name: '•••', phone: null }],
      reason: 'write to ••• or call ••• (order 019a)',
      amount_total: 450,
      message_id: '<019a.email@orderstream.example>',
    });
  });

  it('a value that is no JSON: what looks like a detail is masked', () => {
    expect(textWithoutContacts('{"email": "ada@example.com", "phone": "+4915112345678"')).toBe(
      '{"email": "•••", "phone": "•••"',
    );
  });
});
