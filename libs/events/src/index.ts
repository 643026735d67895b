export {
  type Envelope,
  type ReceivedEvent,
  type Delivery,
  offsetOf,
  recordKeyOf,
  received,
  traceparentOf,
  wasHandledBefore,
} from './envelope.ts';
export {
  type EventContract,
  type EventOf,
  type PayloadOf,
  type Violation,
  ContractViolation,
  defineEvent,
} from './contract.ts';
export {
  type Emission,
  type NewEventOptions,
  type OutgoingRecord,
  emit,
  encodeRecord,
  newEvent,
  recordOf,
} from './event.ts';
export { gatherWrites } from './gather-writes.ts';
export { PermanentError, TransientError } from './errors.ts';
export { isUuidv7, uuidv7, uuidv7TimeMs } from './uuidv7.ts';
export { newTraceparent } from './traceparent.ts';
export {
  type ConsumerGroup,
  type Topic,
  alerts,
  allTopics,
  deadLetterTopic,
  orders,
  payments,
  retryTopic,
  sourceTopics,
  users,
  webEvents,
} from './topics.ts';
export { contracts } from './contracts/registry.ts';
export * as fields from './contracts/fields.ts';
export { minorUnitDigits } from './contracts/minor-units.ts';
export { cartItemAdded } from './contracts/cart-item-added.ts';
export { checkoutStarted } from './contracts/checkout-started.ts';
export { consumerLagExceeded } from './contracts/consumer-lag-exceeded.ts';
export { consumerLagRecovered } from './contracts/consumer-lag-recovered.ts';
export { elementClicked } from './contracts/element-clicked.ts';
export { fraudSuspected } from './contracts/fraud-suspected.ts';
export { orderCancellationRefused } from './contracts/order-cancellation-refused.ts';
export { orderCancellationRequested } from './contracts/order-cancellation-requested.ts';
export { orderCancelled } from './contracts/order-cancelled.ts';
export { orderConfirmed } from './contracts/order-confirmed.ts';
export { orderCreated } from './contracts/order-created.ts';
export { orderPaid } from './contracts/order-paid.ts';
export { orderRejected } from './contracts/order-rejected.ts';
export { pageViewed } from './contracts/page-viewed.ts';
export { paymentFailed } from './contracts/payment-failed.ts';
export { paymentProcessed } from './contracts/payment-processed.ts';
export { productViewed } from './contracts/product-viewed.ts';
export { purchaseCompleted } from './contracts/purchase-completed.ts';
export { userRegistered } from './contracts/user-registered.ts';
export {
  type DeadRecordRow,
  type EffectStore,
  EFFECT_STORE,
  type HandleEvents,
  type RedrivenResult,
  type RedrivenRun,
  type Run,
  type RunResult,
  type StoredPosition,
} from './consumer/effect-store.ts';
export { type KafkaSettings, createKafka } from './kafka/client.ts';
export { type LogEntry, type LogSink, silentLog } from './kafka/log.ts';
export { type PartitionLog, readLogs } from './kafka/read-logs.ts';
export { EventProducer, type ProducerHealth, type ProducerOptions } from './producer/event-producer.ts';
export type { RecordPosition } from './producer/lane.ts';
export {
  NotAcceptedError,
  OutcomeUnknownError,
  QueueFullError,
  RecordRefusedError,
} from './producer/errors.ts';
export { partitionOf } from './producer/murmur2.ts';
export { EventConsumer, type ConsumerHealth, type EventConsumerOptions } from './consumer/event-consumer.ts';
export {
  type Handler,
  type HandlerOptions,
  type Subscription,
  subscriptionsOf,
} from './consumer/subscription.ts';
export type { DeadLetterReason } from './dead-letter/reason.ts';
export {
  type DeadLetter,
  originalOf,
  parseDeadLetter,
  parsePosition,
  positionText,
  topicsOf,
} from './dead-letter/dead-letter.ts';
export {
  type Redriven,
  type RetryRecordOptions,
  isPastRedriveLimit,
  readRedriven,
  REDRIVE_LIMIT,
  retryRecord,
} from './dead-letter/retry-record.ts';
export {
  type Resolution,
  type ResolutionOptions,
  parseResolution,
  resolutionRecord,
} from './dead-letter/resolution.ts';
export { type Standing, noteStanding, standingKey, standingsIn } from './dead-letter/standing.ts';
export { type PlanOptions, type TopicChange, applyTopics, planTopics } from './topic-plan.ts';
export { type GroupTopic, type LagReading, type PartitionLag, groupTopics } from './lag/lag-reading.ts';
export { LagReader } from './lag/lag-reader.ts';
export { type LagStatus, LagWindow } from './lag/lag-window.ts';
export type { LagVerdict } from './lag/lag.rules.ts';
export { type CatchUp, catchUpText } from './lag/catch-up.rules.ts';
export { exportLag } from './lag/metrics.ts';
export { type EventAges, RecentEventAges } from './lag/event-age.ts';
export { DeadLetterWatch, type GroupLetters } from './dead-letter/dead-letter-watch.ts';
