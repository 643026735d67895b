import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

/** The package's own arguments keep the browser in one process, which then ends with its first page. */
const UNWANTED = new Set(['--single-process', '--no-zygote']);

export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNWANTED.has(argument)),
  });
}
