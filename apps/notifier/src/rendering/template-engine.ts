import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta/core';
import type { Language } from './locale.ts';

/** Beside `src` and `dist` alike. */
const templatesDir = fileURLToPath(new URL('../../templates/', import.meta.url));

export type Form = 'subject' | 'text' | 'html' | 'sms';

/** Where the parts of a form are. A subject is the same words as a text, only its layout is another one; an SMS has no parts. */
const PARTS: Readonly<Record<Form, readonly Form[]>> = {
  subject: ['text', 'subject'],
  text: ['text'],
  html: ['html'],
  sms: [],
};

/**
 * The engine that gives messages one form in one language. A mail's template says once what the mail contains, out of parts such as
 * `@heading` and `@fact`; what such a part looks like stands in `templates/<form>/`. Everything is compiled here, so a mistake shows at
 * start.
 */
export function templateEngine(form: Form, language: Language): Eta {
  const engine = new Eta({
    autoEscape: form === 'html',
    autoFilter: true,
    filterFunction: textOf,
    autoTrim: false,
    cache: true,
  });
  for (const part of PARTS[form]) load(engine, join(templatesDir, part), '@');
  load(engine, join(templatesDir, language, ...(form === 'sms' ? ['sms'] : [])), '#');
  return engine;
}

/** Eta prints "undefined" for a name that the data lacks. No customer should read that: it is an error here. */
function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TypeError('the template names something that its data does not have');
}

function load(engine: Eta, directory: string, prefix: '@' | '#'): void {
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.eta'))) {
    // The last line's end belongs to the file; where a part is included, that line has its own.
    const source = readFileSync(join(directory, file), 'utf8').replace(/\n$/, '');
    engine.loadTemplate(`${prefix}${basename(file, '.eta')}`, source);
  }
}
