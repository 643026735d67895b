import { join } from 'node:path';
import { createCatcherServer, listen, servePage } from '../catchers/catcher-server.ts';
import { Changes } from '../catchers/changes.ts';
import { RecordLog } from '../catchers/record-log.ts';
import { registerSmsApi } from './sms-api.ts';
import { registerTwilioApi } from './twilio-api.ts';

export interface SmsCatcherOptions {
  /** 0 takes any free one. */
  readonly port: number;
  /** Messages are kept here, in `messages.log`, and are there again after a restart. */
  readonly dataDir: string;
  readonly host?: string;
}

export interface RunningSmsCatcher {
  readonly port: number;
  /** The page, and the base of Twilio's paths. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the SMS catcher: Twilio's Messages API in; a page, JSON and server-sent events out.
 * @throws PlatformError (`port-taken`, `not-ours`), or what the data directory refused with
 */
export async function startSmsCatcher(options: SmsCatcherOptions): Promise<RunningSmsCatcher> {
  const host = options.host ?? '127.0.0.1';
  const opening = Promise.withResolvers<RecordLog>();
  const changes = new Changes(opening.promise);
  const announce = () => changes.announce();
  const server = createCatcherServer();
  registerTwilioApi(server, opening.promise, announce);
  registerSmsApi(server, opening.promise, announce);
  changes.register(server);
  await servePage(server, {
    '/': 'sms/page/sms.html',
    '/sms.css': 'sms/page/sms.css',
    '/sms.js': 'sms/page/sms.js',
    '/catcher.css': 'catchers/page/catcher.css',
    '/message-list.js': 'catchers/page/message-list.js',
  });
  try {
    // The port first: who has it may write the file, and a second catcher must not touch it.
    const port = await listen(server, {
      title: 'the SMS catcher',
      option: '--port',
      host,
      port: options.port,
    });
    const log = await RecordLog.open(join(options.dataDir, 'messages.log'));
    opening.resolve(log);
    const stop = async () => {
      await server.close();
      await log.close();
    };
    return { port, url: `http://${host}:${port}/`, stop };
  } catch (error) {
    opening.promise.catch(() => undefined);
    opening.reject(error);
    await server.close();
    throw error;
  }
}
