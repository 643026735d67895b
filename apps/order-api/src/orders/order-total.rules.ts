/**
 * Sum of an order's items in minor units; undefined when it is no safe integer. Exact although it counts in doubles: a product or
 * a sum that leaves the safe range is rounded to something that is still outside of it.
 */
export function amountTotal(
  items: readonly { readonly quantity: number; readonly unit_amount: number }[],
): number | undefined {
  let total = 0;
  for (const { quantity, unit_amount } of items) {
    total += quantity * unit_amount;
    if (total > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return total;
}
