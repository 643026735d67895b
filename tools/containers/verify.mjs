// Proves the images: starts everything in a compose project of its own, follows one order through all services, stops the
// services, and removes the project again. Needs Docker with compose, and the ports of docker-compose.yml free.
/* global AbortSignal, clearInterval, fetch, setInterval */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const SERVICES = { 'order-api': 3000, analytics: 3001, worker: 3002, notifier: 3003 };
const RECIPIENT = 'container@example.com';
const READY_MS = 180_000;
const ARRIVED_MS = 60_000;
const STOPPED_MS = 20_000;
const ANSWER_MS = 5_000;

process.env.COMPOSE_PROJECT_NAME = 'orderstream-verify';
// Docker accepts connections for a container that does not listen yet, and closes them at once. Node 20's `fetch` then neither settles nor
// keeps the process alive: hence this, and the time limit in `get`.
const alive = setInterval(() => undefined, 60_000);
try {
  composeAloud('up', '--detach');
  for (const [service, port] of Object.entries(SERVICES)) {
    await eventually(
      `${service} is ready`,
      READY_MS,
      async () => (await get(`${url(service, port)}/health/ready`)).ok,
    );
    check(`${service} does not run as root`, () => run(service, 'process.getuid()') === '1000');
  }
  await eventually('the dashboard is served, with the script that makes it', ARRIVED_MS, async () => {
    const page = url('analytics', SERVICES.analytics);
    const script = /<script[^>]+src="([^"]+)"/.exec(await (await get(page)).text())?.[1];
    return script !== undefined && (await get(new URL(script, page))).ok;
  });
  const order = await placeOrder();
  check('the worker has confirmed the order', () => order.status === 'confirmed');
  for (const [database, table] of Object.entries({
    worker: 'worker.orders',
    analytics: 'warehouse.orders',
  })) {
    const rows = `SELECT count(*) FROM ${table} WHERE order_id = '${order.order_id}' AND status = 'confirmed'`;
    await eventually(`one row in ${table}`, ARRIVED_MS, () => query(database, rows) === '1');
  }
  await eventually('one mail in the mailbox', ARRIVED_MS, async () => {
    const mails = await get(`${url('mailbox', 18025)}/api/v1/messages?to=${RECIPIENT}`);
    return (await mails.json()).total === 1;
  });
  stopServices();
} finally {
  clearInterval(alive);
  composeAloud('down', '--volumes', '--timeout', '30');
}

async function placeOrder() {
  const response = await fetch(`${url('order-api', 3000)}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({
      customer_id: 'container',
      currency: 'EUR',
      items: [{ sku: 'A-1', quantity: 2, unit_amount: 1250 }],
      contact: { email: RECIPIENT },
    }),
  });
  check('the order is accepted and ruled on within 30 s', () => response.status === 201);
  return response.json();
}

/** SIGTERM reaches the service, it ends in order, in time, and within its memory. */
function stopServices() {
  for (const service of Object.keys(SERVICES)) {
    const container = compose('ps', '--quiet', service);
    const startedMs = Date.now();
    compose('stop', service);
    const tookMs = Date.now() - startedMs;
    const state = docker(
      'inspect',
      '--format',
      '{{.State.ExitCode}} {{.State.OOMKilled}} {{.RestartCount}}',
      container,
    );
    check(`${service} stops in order (${tookMs} ms)`, () => state === '0 false 0' && tookMs < STOPPED_MS);
  }
}

function query(database, sql) {
  const address = `postgres://orderstream:orderstream@127.0.0.1/${database}`;
  return compose('exec', '-T', 'postgres', 'psql', address, '--no-align', '--tuples-only', '--command', sql);
}

function run(service, expression) {
  return compose('exec', '-T', service, 'node', '--print', expression);
}

function get(address) {
  return fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) });
}

function url(service, port) {
  return `http://${compose('port', service, String(port))}`;
}

/** For what takes its time: its progress is shown. */
function composeAloud(...args) {
  execFileSync('docker', ['compose', ...args], { stdio: 'inherit' });
}

function compose(...args) {
  return docker('compose', ...args);
}

function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

function check(what, holds) {
  if (!holds()) throw new Error(`failed: ${what}`);
  console.log(`✓ ${what}`);
}

/** An error counts as "not yet": what is asked may still be starting. */
async function eventually(what, deadlineMs, holds) {
  const endMs = Date.now() + deadlineMs;
  let reason = 'it does not hold';
  while (Date.now() < endMs) {
    try {
      if (await holds()) return console.log(`✓ ${what}`);
    } catch (error) {
      reason = error.message;
    }
    await sleep(500);
  }
  throw new Error(`not within ${deadlineMs / 1000} s: ${what} (${reason})`);
}
