import { createServer } from 'node:http';

/** What Node can answer at all: the body is read and parsed, nothing is checked or sent. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body =
      chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as { currency?: string });
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'accepted', currency: body.currency }));
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
