import type { Tone } from './parts/badge.tsx';
import type { OrderStatus } from './snapshot.ts';

/** How an order's status is written and coloured. */
export const STATUS: Readonly<Record<OrderStatus, { readonly word: string; readonly tone: Tone }>> = {
  accepted: { word: 'Accepted', tone: 'warn' },
  confirmed: { word: 'Confirmed', tone: 'info' },
  rejected: { word: 'Rejected', tone: 'bad' },
  paid: { word: 'Paid', tone: 'good' },
  cancelled: { word: 'Cancelled', tone: 'quiet' },
};
