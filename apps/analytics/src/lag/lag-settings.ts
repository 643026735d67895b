import type { KafkaSettings } from '@orderstream/events';
import type { AllowedLag } from './allowed-lag.rules.ts';

export interface LagSettings {
  readonly kafka: KafkaSettings;
  /** Over how long a verdict is formed; a twelfth of it passes between two checks. */
  readonly windowMs: number;
  readonly allowed: AllowedLag;
}

/** Injection token of the LagSettings. */
export const LAG_SETTINGS = Symbol('LagSettings');
