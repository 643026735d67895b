export { PlatformError, type PlatformErrorCode } from './platform-error.ts';
export { startPlatform, type Platform, type PlatformOptions } from './platform.ts';
export type { Restart, UnexpectedExit } from './local-server.ts';
export type { OnProgress, PlatformPart, Progress } from './progress.ts';
export { DATABASES, HOST, KAFKA_PORT, orderstreamDir, POSTGRES_PORT, workspaceRoot } from './settings.ts';
export type { DatabaseName } from './settings.ts';
export { freePorts, isPortFree } from './ports.ts';
