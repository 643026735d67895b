export { type RunOptions, runService } from './run-service.ts';
export { Service, type ServiceParts } from './service.ts';
export { Stopping } from './stopping.ts';
export { ConfigurationError, type WrongVariable } from './environment/configuration-error.ts';
export { readEnvironment } from './environment/read-environment.ts';
export {
  type DatabaseSettings,
  type ServiceConfig,
  databaseEnvironment,
  databaseSettings,
  httpEnvironment,
  kafkaEnvironment,
  kafkaSettings,
  logEnvironment,
  serviceConfig,
} from './environment/shared.ts';
export { durationMs } from './environment/variable.ts';
export {
  LIVENESS,
  READINESS,
  type LivenessReport,
  type ReadinessReport,
  type ReportsLiveness,
  type ReportsReadiness,
} from './health/checks.ts';
export { BodyLimit, BodyOfItems, type ItemFaults, itemFaultsOf } from './http/json-body.ts';
export { parseStrictJson } from './http/strict-json.ts';
export { Problem, type ProblemOptions } from './http/problem.ts';
export { traceIdOf, traceparentOf } from './http/traceparent.ts';
export { BodyPipe, validateBody } from './http/validate-body.ts';
export { createLogger } from './logging/logger.ts';
export type { LogLevel } from './logging/log-levels.ts';
export { NestLogger } from './logging/nest-logger.ts';
export { describeError, type ErrorDescription } from './logging/describe-error.ts';
export { MAX_MISTAKES, type Mistake, mistakesOf } from './validation/mistakes.ts';
