import 'reflect-metadata';
import { databaseEnvironment, kafkaEnvironment, kafkaSettings, readEnvironment } from '@orderstream/service';
import { runRebuild } from '@orderstream/transactional/rebuild';
import Type from 'typebox';
import { readModelProjection } from './rebuild/read-model-projection.ts';

/** Builds the read model anew from the log, beside the running service. Started by `orderstream rebuild order-api`. */
const environment = Type.Object({ ...kafkaEnvironment, ...databaseEnvironment('order_api') });
const values = readEnvironment(environment, process.env);
await runRebuild(
  readModelProjection,
  { kafka: kafkaSettings('order-api-rebuild', values), databaseUrl: values.DATABASE_URL },
  { argument: process.argv[2] },
);
