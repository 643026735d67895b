import type { Browser, LaunchOptions } from 'playwright-core';

/** The package's own arguments keep the browser in one process, which then ends with its first page. */
const UNWANTED = new Set(['--single-process', '--no-zygote']);

/**
 * A browser without a window, for a test to close: the Chromium that CHROMIUM_PATH names, else on Linux x64 the one of an npm package,
 * else the Google Chrome that is installed.
 * @throws Error when it does not start, with what to do
 */
export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const options = await browserOptions(process.env, `${process.platform}-${process.arch}`);
  try {
    return await chromium.launch(options);
  } catch (cause) {
    const which = options.executablePath ?? 'Google Chrome';
    throw new Error(
      `The tests found no browser: ${which} does not start. Install Google Chrome, or name a Chromium in CHROMIUM_PATH.`,
      { cause },
    );
  }
}

/** Which browser that is. The package has none for other systems than Linux x64, and is not asked there. */
export async function browserOptions(env: NodeJS.ProcessEnv, system: string): Promise<LaunchOptions> {
  const named = env['CHROMIUM_PATH'];
  if (named) return { executablePath: named };
  if (system !== 'linux-x64') return { channel: 'chrome' };
  const { default: chromium } = await import('@sparticuz/chromium');
  return {
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNWANTED.has(argument)),
  };
}
