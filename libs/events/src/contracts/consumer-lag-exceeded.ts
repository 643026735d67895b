import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { alerts } from '../topics.ts';
import { lagVerdict } from './lag-verdict.ts';

/** A consumer group fell behind further than its alert rule allows, or stands still. */
export const consumerLagExceeded = defineEvent({
  type: 'consumer_lag.exceeded',
  version: 1,
  topic: alerts,
  key: ['group', 'topic'],
  payload: Type.Object(lagVerdict),
});
