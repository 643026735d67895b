import PostalMime, { decodeWords, type Attachment, type Email, type Header } from 'postal-mime';
import type { StoredRecord } from '../catchers/record-log.ts';

/** What is kept beside the raw mail: the SMTP envelope. */
export interface MailMeta {
  readonly received_at: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly [key: string]: unknown;
}

export interface MailSummary {
  /** The mailbox's own number for it. */
  readonly id: string;
  /** The header `Message-ID`, angle brackets included; null when there is none. Two mails may carry the same. */
  readonly message_id: string | null;
  /** Everybody it was delivered to (the SMTP envelope, so Bcc too). */
  readonly to: readonly string[];
  /** The address in the header `From`, or else the envelope's sender. */
  readonly from: string;
  readonly from_name: string;
  readonly subject: string;
  readonly received_at: string;
}

export interface Mail extends MailSummary {
  readonly text: string | null;
  readonly html: string | null;
  /** By lower-case name, decoded; an array where a header stands more than once. */
  readonly headers: Record<string, string | string[]>;
  readonly attachments: { index: number; filename: string | null; mime_type: string; size_bytes: number }[];
}

/** Enough for the headers of any mail that is not an attack. */
export const SUMMARY_BYTES = 64 * 1024;

/** Reads the headers only: `record` may be cut after SUMMARY_BYTES. Never throws, whatever the mail holds. */
export async function readSummary(record: StoredRecord): Promise<MailSummary> {
  const end = record.body.indexOf('\r\n\r\n');
  const email = await parse(end < 0 ? record.body : record.body.subarray(0, end + 2));
  return summary(record, email);
}

/** Reads the whole mail. Never throws: one that cannot be parsed is shown as the text it is. */
export async function readMail(record: StoredRecord): Promise<Mail> {
  const email = await parse(record.body);
  return {
    ...summary(record, email),
    text: email.text ?? null,
    html: email.html ?? null,
    headers: headersOf(email.headers),
    attachments: email.attachments.map((attachment, index) => ({
      index,
      filename: attachment.filename,
      mime_type: attachment.mimeType,
      size_bytes: contentOf(attachment).length,
    })),
  };
}

/** The HTML with pictures that the mail carries itself put in place; undefined when it has no HTML. */
export async function readHtml(record: StoredRecord): Promise<string | undefined> {
  const { html, attachments } = await parse(record.body);
  return html?.replace(/\bcid:([^"'\s)>]+)/gi, (reference, id: string) => {
    const picture = attachments.find((attachment) => attachment.contentId === `<${id}>`);
    if (!picture?.mimeType.startsWith('image/')) return reference;
    return `data:${picture.mimeType};base64,${contentOf(picture).toString('base64')}`;
  });
}

export async function readAttachment(
  record: StoredRecord,
  index: number,
): Promise<{ filename: string | null; content: Buffer } | undefined> {
  const attachment = (await parse(record.body)).attachments[index];
  return attachment && { filename: attachment.filename, content: contentOf(attachment) };
}

async function parse(raw: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(raw);
  } catch (error) {
    const text = `(This mail cannot be read: ${(error as Error).message}.)\n\n${raw.toString('latin1')}`;
    return { headers: [], headerLines: [], attachments: [], text };
  }
}

function summary({ number, meta }: StoredRecord, email: Email): MailSummary {
  const envelope = meta as MailMeta;
  return {
    id: String(number),
    message_id: email.messageId ?? null,
    to: envelope.to,
    from: email.from?.address || envelope.from,
    from_name: email.from?.name ?? '',
    subject: email.subject ?? '',
    received_at: envelope.received_at,
  };
}

function headersOf(headers: readonly Header[]): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const { key, value } of headers) {
    const decoded = decodeWords(value);
    const known = values.get(key);
    if (known) known.push(decoded);
    else values.set(key, [decoded]);
  }
  // fromEntries defines members, so that a header named __proto__ is one like any other.
  return Object.fromEntries(
    [...values].map(([key, all]) => [key, all.length === 1 ? (all[0] as string) : all]),
  );
}

function contentOf({ content }: Attachment): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(new Uint8Array(content));
}
