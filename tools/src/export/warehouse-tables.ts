/** What can be exported, and the time by which a range of it is cut. SQL, about the table as `t`. */
export const warehouseTables = {
  orders: 't.created_at',
  order_items: '(SELECT o.created_at FROM warehouse.orders o WHERE o.order_id = t.order_id)',
  payments: 't.occurred_at',
  users: 't.registered_at',
  web_events: 't.occurred_at',
  sessions: 't.started_at',
  revenue_per_minute: 't.minute',
  payments_per_minute: 't.minute',
  funnel_per_minute: 't.minute',
  web_events_per_minute: 't.minute',
  product_interest: 't.quarter_hour',
  product_sales: 't.quarter_hour',
} as const;

export type WarehouseTable = keyof typeof warehouseTables;
export const TABLES = Object.keys(warehouseTables) as WarehouseTable[];
