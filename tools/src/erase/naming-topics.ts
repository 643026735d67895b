/** Topics whose records may name a customer. Records of `payments` and of visits that nobody logged in to do not. */
const NAMING = new Set(['orders', 'users', 'alerts', 'web-events']);

/** Whether records of the topic may name a customer; a retry or dead-letter topic is as its source. */
export function mayNameCustomers(topic: string): boolean {
  return NAMING.has(topic.split('.')[0] as string);
}
