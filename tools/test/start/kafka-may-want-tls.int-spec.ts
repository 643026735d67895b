import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { databaseUrl } from '@orderstream/testing';
import { freePorts } from '../../src/platform/index.ts';
import { PORTS_IN_A_ROW } from '../../src/start/local-addresses.ts';
import { Orderstream } from '../cli/orderstream.ts';
import { scratchPlatform, type ScratchPlatform } from '../platform/scratch-platform.ts';

/** The first byte of every TLS connection: a handshake record (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 0x16;

describe('`npm start` on a Kafka that KAFKA_BROKERS names', () => {
  let scratch: ScratchPlatform;
  let broker: Server;
  beforeEach(async () => {
    scratch = await scratchPlatform();
    broker = createServer().listen(0, '127.0.0.1');
    await once(broker, 'listening');
  });
  afterEach(async () => {
    broker.close();
    await scratch.remove();
  });

  it('KAFKA_SSL is set: its topics are asked for over TLS', async () => {
    const spoken = new Promise<Buffer>((resolve) => {
      broker.on('connection', (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (data: Buffer) => {
          resolve(data);
          socket.destroy();
        });
      });
    });
    const { port } = broker.address() as AddressInfo;
    const first = String(await freePorts(PORTS_IN_A_ROW));
    const cli = new Orderstream(['start', '--data-dir', scratch.dataDir, '--first-port', first], {
      KAFKA_BROKERS: `127.0.0.1:${port}, 127.0.0.1:${port}`,
      KAFKA_SSL: 'true',
      DATABASE_URL: databaseUrl(),
    });
    const [byte] = await Promise.race([spoken, cli.ended.then(({ stderr }) => Buffer.from(stderr))]);
    expect(byte).toBe(TLS_HANDSHAKE);
    expect((await cli.interrupt()).code).toBe(0);
  });
});
