import type { Row } from './order-rows.ts';

export interface Mail {
  readonly message_id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly received_at: string;
}

export interface Sms {
  readonly sid: string;
  readonly to: string;
  readonly body: string;
  readonly received_at: string;
}

export interface Messages {
  readonly mails: readonly Mail[];
  readonly sms: readonly Sms[];
  /** Why it cannot be seen what a catcher holds. */
  readonly problems: readonly string[];
}

/** Where the local catchers are. */
export interface CatcherFlags {
  readonly mailboxUrl: string;
  readonly smsUrl: string;
}

const ANSWER_MS = 3_000;

/** What the local catchers hold of the notifications: mails by their Message-ID, SMS by what the gateway called them. */
export async function messagesOf(
  notifications: readonly Row[],
  { mailboxUrl, smsUrl }: CatcherFlags,
): Promise<Messages> {
  const [mails, sms] = await Promise.all([
    caught<Mail>('mailbox', mailboxUrl, idsOf(notifications, 'email', 'message_id')),
    caught<Sms>('SMS catcher', smsUrl, idsOf(notifications, 'sms', 'gateway_id')),
  ]);
  return { mails: mails.found, sms: sms.found, problems: [...mails.problems, ...sms.problems] };
}

function idsOf(notifications: readonly Row[], channel: string, column: string): string[] {
  return notifications
    .filter((row) => row['channel'] === channel && typeof row[column] === 'string')
    .map((row) => String(row[column]));
}

/** Both catchers answer `GET /api/v1/messages/<id>`. */
async function caught<T>(
  name: string,
  baseUrl: string,
  ids: readonly string[],
): Promise<{ found: T[]; problems: string[] }> {
  const found: T[] = [];
  for (const id of ids) {
    try {
      const url = new URL(`/api/v1/messages/${encodeURIComponent(id)}`, baseUrl);
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok) found.push((await answer.json()) as T);
      else if (answer.status !== 404) throw new Error(`it answered ${answer.status}`);
    } catch (error) {
      const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
      const why = cause?.code ?? cause?.message ?? message;
      return { found, problems: [`the ${name} at ${baseUrl} cannot be seen: ${why}`] };
    }
  }
  return { found, problems: [] };
}
