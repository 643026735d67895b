import type { PlanSettings } from '../../src/intake/plan-notifications.rules.ts';
import type { People } from '../../src/people/people.ts';

export const PLAN: PlanSettings = { domain: 'shop.example', locale: 'en', operators: ['ops@shop.example'] };

/** Nobody has registered, and no order has been heard of. */
export const NOBODY: People = { customers: new Map(), orders: new Map() };
