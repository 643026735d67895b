/** A rebuild cannot be done, or would not be right; nothing was changed. The message tells the operator what to do about it. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused';
}
