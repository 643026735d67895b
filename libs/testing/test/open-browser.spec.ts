import { browserOptions, openBrowser } from '../src/open-browser.ts';

describe('a test opens a browser', () => {
  it.each(['linux-x64', 'darwin-arm64'])('CHROMIUM_PATH names one, on %s: that one', async (system) => {
    expect(await browserOptions({ CHROMIUM_PATH: '/opt/chromium' }, system)).toEqual({
      executablePath: '/opt/chromium',
    });
  });

  it.each(['darwin-arm64', 'darwin-x64', 'linux-arm64'])(
    'on %s, for which the package has none: the Google Chrome that is installed',
    async (system) => {
      expect(await browserOptions({}, system)).toEqual({ channel: 'chrome' });
    },
  );

  it('there is none: a sentence says what to do', async () => {
    const before = process.env['CHROMIUM_PATH'];
    process.env['CHROMIUM_PATH'] = '/no/such/chromium';
    await expect(openBrowser()).rejects.toThrow(
      'The tests found no browser: /no/such/chromium does not start. Install Google Chrome, or name a Chromium in CHROMIUM_PATH.',
    );
    if (before === undefined) delete process.env['CHROMIUM_PATH'];
    else process.env['CHROMIUM_PATH'] = before;
  });
});
