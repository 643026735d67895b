import { minorUnitDigits } from '@orderstream/events';

export function withDigits<T extends { readonly currency: string }>(
  row: T,
): T & { minor_unit_digits: number } {
  return { ...row, minor_unit_digits: minorUnitDigits(row.currency) };
}

/** Seconds since 1970: PostgreSQL's own JSON form of a year before 1 is nothing that Date reads. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
