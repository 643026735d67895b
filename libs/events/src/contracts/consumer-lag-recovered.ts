import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { alerts } from '../topics.ts';
import { lagVerdict } from './lag-verdict.ts';

/** A consumer group that was behind has caught up. */
export const consumerLagRecovered = defineEvent({
  type: 'consumer_lag.recovered',
  version: 1,
  topic: alerts,
  key: ['group', 'topic'],
  payload: Type.Object(lagVerdict),
});
