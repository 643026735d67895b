/** Injection token of the AmountLimits. */
export const AMOUNT_LIMITS = Symbol('AmountLimits');
