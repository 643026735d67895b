export interface DashboardSettings {
  /** IANA name: where a day begins, and the clock of the page. */
  readonly timeZone: string;
  /** Where the page tells people to send an order to; nothing is sent there from here. */
  readonly orderApiUrl: string;
}

/** Injection token of the DashboardSettings. */
export const DASHBOARD_SETTINGS = Symbol('DashboardSettings');
