import { describeError } from '../src/index.ts';

describe('an error in the log', () => {
  it('what a driver hangs on it: left out', () => {
    const error = Object.assign(new Error('duplicate key value violates unique constraint "users_email"'), {
      code: '23505',
      detail: 'Key (email)=(jane@example.com) already exists.',
      parameters: ['jane@example.com'],
    });
    expect(describeError(error)).toEqual({
      name: 'Error',
      code: '23505',
      message: 'duplicate key value violates unique constraint "users_email"',
      stack: expect.stringMatching(/^ +at /) as string,
    });
  });

  it('personal data in its texts: struck, the causes included', () => {
    const error = new Error('550 <jane@example.com> unknown', {
      cause: new AggregateError(
        [new Error('postgres://me:hunter2@db/worker refused')],
        'cannot text +4915112345678 now',
      ),
    });
    const told = JSON.stringify(describeError(error));
    expect(told).not.toMatch(/jane|hunter2|4915112345678/);
    expect(told).toContain('550 <<e-mail>> unknown');
    expect(told).toContain('postgres://db/worker refused');
    expect(told).toContain('cannot text <phone> now');
  });

  it('a cause that leads back to itself: told a few times, not for ever', () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/round and round/g)).toHaveLength(6);
  });

  it('something thrown that is no error: described all the same', () => {
    expect(describeError('boom')).toEqual({ name: 'string', message: 'boom' });
  });
});
