import 'reflect-metadata';
import { databaseEnvironment, kafkaEnvironment, kafkaSettings, readEnvironment } from '@orderstream/service';
import { runRebuild } from '@orderstream/transactional/rebuild';
import Type from 'typebox';
import { warehouseProjection } from './rebuild/warehouse-projection.ts';

/** Builds the warehouse anew from the log, beside the running service. Started by `orderstream rebuild analytics`. */
const environment = Type.Object({ ...kafkaEnvironment, ...databaseEnvironment('analytics') });
const values = readEnvironment(environment, process.env);
await runRebuild(
  warehouseProjection,
  { kafka: kafkaSettings('analytics-rebuild', values), databaseUrl: values.DATABASE_URL },
  { argument: process.argv[2] },
);
