import { connect } from 'node:net';

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

/** Sends bytes as they are over one connection and reads until the server closes it, or `isDone` says that nothing more comes. */
export async function sendRaw(url: string, ...pieces: (string | Buffer)[]): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const answered = new Promise<void>((resolve, reject) => {
    socket.setTimeout(20_000, () =>
      reject(new Error(`no whole answer, only: ${Buffer.concat(chunks).toString()}`)),
    );
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks).toString())) resolve();
    });
    socket.on('close', () => resolve());
    // The server may stop reading before we stop sending; what counts is the answer.
    socket.on('error', () => undefined);
  });
  for (const piece of pieces) {
    if (!socket.write(piece))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), answered]);
  }
  await answered;
  socket.destroy();
  return parse(Buffer.concat(chunks).toString());
}

/** Sends bytes in one piece and returns all that comes until the server closes the connection. */
export async function readToEnd(url: string, piece: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(piece);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString();
}

/** Sends bytes, and ends the connection once the server has them. */
export async function sendAndHangUp(url: string, piece: Buffer): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.end(piece, () => resolve(undefined)));
  await new Promise((resolve) => socket.once('close', resolve).resume());
}

function isWhole(text: string): boolean {
  const head = text.split('\r\n\r\n', 1)[0] as string;
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return length !== undefined && Buffer.byteLength(text) >= Buffer.byteLength(head) + 4 + Number(length);
}

function parse(text: string): RawResponse {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines
    .map((line) => line.split(/:\s*(.*)/s))
    .map(([name = '', value = '']) => [name.toLowerCase(), value]);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
    get json() {
      return JSON.parse(body) as Record<string, unknown>;
    },
  };
}

/** A whole POST request with a JSON body. */
export function post(path: string, body: string | Buffer, headers: Record<string, string> = {}): Buffer {
  const all = {
    host: 'test',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`),
    Buffer.from(body as string),
  ]);
}
