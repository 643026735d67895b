import 'reflect-metadata';
import { runService } from '@orderstream/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { httpInterface } from './dashboard/dashboard.openapi.ts';

await runService({
  name: 'analytics',
  config: readConfig,
  module: (config) => AppModule.register(config),
  api: httpInterface,
});
