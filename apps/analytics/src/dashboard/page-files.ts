import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { DASHBOARD_SETTINGS, type DashboardSettings } from './dashboard-settings.ts';
import { pageHtml } from './page-html.ts';
import { pageCss } from './page-css.ts';

export interface PageFile {
  readonly type: string;
  readonly content: string;
  readonly etag: string;
}

/** Beside this file once built: the compiled modules of ./page. */
const SCRIPTS = new URL('./page/', import.meta.url);

/** What the browser loads, read once. Only these names are served: no path is ever made out of a request. */
@Injectable()
export class PageFiles {
  readonly page: PageFile;
  readonly #files = new Map<string, PageFile>();

  constructor(@Inject(DASHBOARD_SETTINGS) { orderApiUrl }: DashboardSettings) {
    this.page = fileOf('text/html; charset=utf-8', pageHtml(orderApiUrl));
    this.#files.set('dashboard.css', fileOf('text/css; charset=utf-8', pageCss));
    for (const name of readdirSync(SCRIPTS).filter((each) => each.endsWith('.js'))) {
      this.#files.set(
        name,
        fileOf('text/javascript; charset=utf-8', readFileSync(new URL(name, SCRIPTS), 'utf8')),
      );
    }
  }

  named(name: string): PageFile | undefined {
    return this.#files.get(name);
  }
}

function fileOf(type: string, content: string): PageFile {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return { type, content, etag };
}
