/** A mailbox in a process of its own, for tests that kill it. Its ports and directory come from the environment. */
import { startMailbox } from '../src/mailbox/start-mailbox.ts';

const { SMTP_PORT, HTTP_PORT, DATA_DIR = '' } = process.env;
await startMailbox({ smtpPort: Number(SMTP_PORT), httpPort: Number(HTTP_PORT), dataDir: DATA_DIR });
