import type { OnProgress, PlatformPart } from './platform/index.ts';

const TITLES: Record<PlatformPart, string> = { kafka: 'Kafka', postgres: 'PostgreSQL', platform: 'Platform' };

/** Progress as lines on stderr, with the seconds since the first one; the same line is not repeated. */
export function progressLines(
  write = (line: string): void => void process.stderr.write(`${line}\n`),
): OnProgress {
  const startedMs = performance.now();
  const last = new Map<PlatformPart, string>();
  return ({ part, message }) => {
    if (last.get(part) === message) return;
    last.set(part, message);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
    write(`${seconds} s  ${TITLES[part].padEnd(10)} ${message}`);
  };
}
