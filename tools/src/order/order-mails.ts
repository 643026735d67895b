import type { Row } from './order-rows.ts';

export interface Mail {
  readonly message_id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly received_at: string;
}

export interface Mails {
  readonly mails: readonly Mail[];
  /** Why it cannot be seen what the mailbox holds. */
  readonly problem: string | undefined;
}

const ANSWER_MS = 3_000;

/** What the local mailbox holds of the notifications, each looked up by its Message-ID. */
export async function mailsOf(notifications: readonly Row[], mailboxUrl: string): Promise<Mails> {
  const ids = notifications
    .filter(({ channel }) => channel === 'email')
    .map(({ message_id }) => String(message_id));
  const mails: Mail[] = [];
  for (const id of ids) {
    try {
      const url = new URL(`/api/v1/messages/${encodeURIComponent(id)}`, mailboxUrl);
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok) mails.push((await answer.json()) as Mail);
      else if (answer.status !== 404) throw new Error(`it answered ${answer.status}`);
    } catch (error) {
      const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
      return {
        mails,
        problem: `the mailbox at ${mailboxUrl} cannot be seen: ${cause?.code ?? cause?.message ?? message}`,
      };
    }
  }
  return { mails, problem: undefined };
}
