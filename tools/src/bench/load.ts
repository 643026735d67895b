import autocannon from 'autocannon';
import { exampleOrder } from '../start/follow-order.ts';

/**
 * The load of the accept benchmark, a process of its own so that it can be kept off the server's core. Prints autocannon's result
 * as one JSON document. Arguments: url, seconds, connections.
 */
const [url, seconds, connections] = process.argv.slice(2);
const found = await autocannon({
  url: url as string,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(exampleOrder('bench@example.com')),
  connections: Number(connections),
  duration: Number(seconds),
});
process.stdout.write(JSON.stringify(found));
