import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ClientSockets } from '../src/kafka/sockets.ts';

describe('the sockets of a Kafka client', () => {
  let server: Server;
  const accepted: Socket[] = [];
  beforeAll(async () => {
    server = createServer({ pauseOnConnect: true }, (socket) =>
      accepted.push(socket.on('error', () => undefined)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  async function connected(sockets: ClientSockets): Promise<Socket> {
    const { port } = server.address() as AddressInfo;
    const socket = sockets.factory({
      host: '127.0.0.1',
      port,
      ssl: undefined as never,
      onConnect: () => undefined,
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  it('one breaks with much in hand that was never written: what another one was handed is still seen', async () => {
    const sockets = new ClientSockets();
    const [stalled, other] = [await connected(sockets), await connected(sockets)];
    // The first goes to the system, and the second waits behind it.
    for (let part = 0; part < 2; part += 1) {
      stalled.write(Buffer.alloc(16 * 1024 * 1024));
      await new Promise(setImmediate);
    }
    expect(stalled.writableLength).toBeGreaterThan(16 * 1024 * 1024);

    const before = sockets.bytesHanded;
    other.write(Buffer.alloc(2_000));
    stalled.destroy();
    await once(stalled, 'close');

    expect(sockets.bytesHanded - before).toBe(2_000);
    sockets.destroy();
  });
});
