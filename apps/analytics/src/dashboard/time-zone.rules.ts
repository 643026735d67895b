/** A zone by its IANA name. Offsets are refused: PostgreSQL reads `+02:00` the POSIX way, with the sign the other way round. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
