import { jest } from '@jest/globals';
import { migrateService } from '../src/migrate-service.ts';

describe('a migration that cannot begin', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    jest.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  it.each([
    {
      why: 'the database does not answer',
      url: 'postgres://tim:hunter2@127.0.0.1:1/tea',
      says: /^tea: .*ECONNREFUSED 127\.0\.0\.1:1$/,
    },
    {
      why: 'DATABASE_URL is no address',
      url: 'hunter2',
      says: /^tea: One environment variable is wrong:\n {2}DATABASE_URL: expected [^\n]*$/,
    },
  ])('$why: one sentence that says so, without the password; exit code 1', async ({ url, says }) => {
    await migrateService({
      name: 'tea',
      schema: 'tea',
      migrations: [],
      environment: { DATABASE_URL: url },
    });
    expect(said).toEqual([expect.stringMatching(says)]);
    expect(said.join()).not.toContain('hunter2');
    expect(process.exitCode).toBe(1);
  });

  it('what nobody foresaw: with its stack', async () => {
    const environment = { DATABASE_URL: 'postgres://tim@127.0.0.1:1/tea' };
    await migrateService({ name: 'tea', schema: 'no name', migrations: [], environment });
    expect(said.join()).toMatch(/^tea: TypeError: not a schema name: no name\n +at /);
    expect(process.exitCode).toBe(1);
  });
});
