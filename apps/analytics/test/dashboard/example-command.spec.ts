import { exampleCommand } from '../../src/dashboard/page/example-command.ts';

it('the empty page says how to send an order, in one command that a shell understands', () => {
  const command = exampleCommand('https://orders.example');
  expect(command.split(' \\\n')[0]).toBe('curl https://orders.example/v1/orders');
  const body = /-d '(.*)'$/.exec(command)?.[1] ?? '';
  expect(JSON.parse(body)).toMatchObject({ customer_id: 'ada', items: [{ quantity: 2 }] });
});
