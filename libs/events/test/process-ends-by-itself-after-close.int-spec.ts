import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kafkaBrokers } from '@orderstream/testing';
import { Engine } from './support/engine.ts';

const run = promisify(execFile);

it('a consumer and a producer were closed: no timer, socket or promise is left, and nothing was said', async () => {
  const engine = await Engine.prepare();
  const script = fileURLToPath(new URL('support/run-and-close.ts', import.meta.url));
  const args = [
    '--conditions=@orderstream/source',
    script,
    kafkaBrokers().join(),
    engine.topic.name,
    engine.group,
  ];
  await expect(run(process.execPath, args, { timeout: 50_000 })).resolves.toEqual({
    stdout: 'closed\n',
    stderr: '',
  });
  await engine.stop();
}, 90_000);
