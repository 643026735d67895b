const EXAMPLE = {
  customer_id: 'ada',
  currency: 'EUR',
  items: [{ sku: 'espresso-cup', quantity: 2, unit_amount: 1250 }],
};

/** One command that a shell understands and that sends an order to this order-api. */
export function exampleCommand(orderApiUrl: string): string {
  return `curl ${orderApiUrl}/v1/orders \\
  -H 'content-type: application/json' \\
  -d '${JSON.stringify(EXAMPLE)}'`;
}
