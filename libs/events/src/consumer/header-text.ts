import type { KafkaMessage } from 'kafkajs';

/** A header's text; its first value when it is repeated, undefined when it is missing or says nothing. */
export function headerText(message: Pick<KafkaMessage, 'headers'>, name: string): string | undefined {
  const value = message.headers?.[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first?.toString() || undefined;
}
