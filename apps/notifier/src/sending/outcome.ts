/** Why a message did not go out, or may not have: a stable word, and the gateway's or the system's own ("550 5.1.1", "ECONNREFUSED"). */
export interface Reason {
  readonly code: ReasonCode;
  readonly status?: string | undefined;
}

export type ReasonCode =
  /** Neither the event nor the customer's registration names an address. */
  | 'no-recipient'
  /** A payment for an order that no event has told of yet: it goes out once one does. */
  | 'order-unknown'
  /** A failed payment for an order that is paid, cancelled or rejected. */
  | 'order-settled'
  /** A database that is gone has handled the event: what it made of it was probably sent. */
  | 'database-restored'
  /** Of unknown outcome, asked for at the gateway, and not found there. */
  | 'not-at-gateway'
  /** The gateway does not know, or does not serve, this recipient. */
  | 'recipient-refused'
  /** The gateway took the recipient and refused the message. */
  | 'message-refused'
  /** The gateway refuses us whatever we send: sender, login, TLS, protocol. */
  | 'gateway-refused'
  /** No connection, or one that broke before the message was on its way. */
  | 'gateway-unreachable'
  /** No answer in time, before the message was on its way. */
  | 'gateway-timeout'
  /** The message was handed over and the connection broke before the answer. */
  | 'answer-lost'
  /** The message was handed over and no answer came in time. */
  | 'answer-timeout'
  /** The process that was sending it has not reported back. */
  | 'sender-lost'
  /** Temporarily refused for longer than we go on trying. */
  | 'gave-up'
  /** The gateway says that it failed inside (HTTP 5xx): whether it has the message is asked before it is sent again. */
  | 'gateway-error'
  /** The gateway took it and says that it could not be delivered. */
  | 'not-delivered'
  /** Our own mistake: the template and its data do not go together. */
  | 'render-failed';

/** How one attempt to hand a message over has ended, in a gateway's own terms left behind. */
export type Outcome =
  | { readonly kind: 'sent'; readonly gatewayId?: string | undefined }
  /** Not taken, and it never will be. */
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** Not taken now; another message may well be. */
  | {
      readonly kind: 'deferred';
      readonly reason: Reason;
      readonly retryAfterMs?: number | undefined;
      /** It may have been taken all the same. */
      readonly isInDoubt?: boolean | undefined;
      /** What it says of the gateway: that it fails, or nothing, as it may be us whom it refuses. Undefined: that it works. */
      readonly gateway?: 'fails' | 'unclear' | undefined;
    }
  /** Surely not taken, and it has nothing to do with this message: the gateway is away or refuses us. */
  | { readonly kind: 'unavailable'; readonly reason: Reason }
  /** Handed over, answer missing. */
  | { readonly kind: 'unknown'; readonly reason: Reason };

/**
 * Hands one message over and says how that went; never rejects. When `signal` aborts it gives up at once, and its outcome still tells
 * what may have gone out from what surely has not.
 */
export type Deliver<Message> = (message: Message, signal: AbortSignal) => Promise<Outcome>;
