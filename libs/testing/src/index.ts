export { databaseUrl, kafkaBrokers } from './environment.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { openBrowser } from './open-browser.ts';
export { type TopicRecord, readTopic } from './read-topic.ts';
export {
  type ServiceExit,
  type SpawnServiceOptions,
  type SpawnedService,
  freePort,
  spawnService,
} from './spawn-service.ts';
export { type TestDatabase, type TestTemplate, testDatabase } from './test-database.ts';
export { type TestTopic, type TestTopicOptions, testTopic } from './test-topic.ts';
