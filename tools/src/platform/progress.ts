export type PlatformPart = 'kafka' | 'postgres' | 'platform';

/** One thing worth showing while the platform comes up or goes down. */
export interface Progress {
  readonly part: PlatformPart;
  /** `working` lines are replaced by later ones of the same part, `ready` ends it, `note` is worth keeping. */
  readonly state: 'working' | 'ready' | 'note';
  readonly message: string;
}

export type OnProgress = (progress: Progress) => void;
