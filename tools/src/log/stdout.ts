/** `| head` closes the pipe when it has enough: that is the end of the work, not a failure. */
export function endWithReader(onEnd: () => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    onEnd();
  });
}

/** Writes a line to stdout at the reader's pace. */
export async function printLine(line: string): Promise<void> {
  if (process.stdout.writableEnded || process.stdout.destroyed) return;
  if (process.stdout.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      process.stdout.off('drain', go).off('close', go).off('error', go);
      resolve();
    };
    process.stdout.on('drain', go).on('close', go).on('error', go);
  });
}
