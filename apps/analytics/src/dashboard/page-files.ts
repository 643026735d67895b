import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DASHBOARD_SETTINGS, type DashboardSettings } from './dashboard-settings.ts';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

/** What `vite build` makes of ./page; the same folder seen from src and from dist. */
const BUILT = new URL('../../dist/page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** What the browser loads, read once. Only these names are served: no path is ever made out of a request. */
@Injectable()
export class PageFiles {
  /** Undefined where the page was not built. */
  readonly page: PageFile | undefined;
  readonly #assets = new Map<string, PageFile>();

  constructor(@Inject(DASHBOARD_SETTINGS) { orderApiUrl }: DashboardSettings) {
    if (!existsSync(new URL('index.html', BUILT))) {
      new Logger('Dashboard').warn('the page is not built (npm run build does it); everything else works');
      return;
    }
    const html = readFileSync(new URL('index.html', BUILT), 'utf8');
    this.page = fileOf('index.html', Buffer.from(html.replace('%ORDER_API_URL%', escaped(orderApiUrl))));
    for (const name of readdirSync(new URL('assets/', BUILT)))
      this.#assets.set(name, fileOf(name, readFileSync(new URL(`assets/${name}`, BUILT))));
  }

  asset(name: string): PageFile | undefined {
    return this.#assets.get(name);
  }
}

function fileOf(name: string, content: Buffer): PageFile {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream', content, etag };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}
