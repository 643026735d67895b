import type { LogRecord } from './log-record.ts';
import { textWithoutContacts, withoutContacts } from './masked.ts';

/** Unless it is wanted in full, a value is shown without what tells who the customer is. */
export interface Showing {
  readonly showContacts?: boolean | undefined;
}

/** JSON.parse takes any depth, JSON.stringify some thousand levels. No event has more than a handful. */
const MAX_LEVELS = 500;

/** The value as JSON where it is JSON that can be written again, else as text. Bytes that are no text show as U+FFFD. */
export function readableValue({ value }: Pick<LogRecord, 'value'>, { showContacts }: Showing): unknown {
  if (value === null) return null;
  const text = value.toString();
  try {
    const parsed: unknown = JSON.parse(text);
    if (isDeeper(parsed, MAX_LEVELS)) return showContacts ? text : textWithoutContacts(text);
    return showContacts ? parsed : withoutContacts(parsed);
  } catch {
    return showContacts ? text : textWithoutContacts(text);
  }
}

/** `text` in at most `characters`, the rest as an ellipsis. */
export function clipped(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
