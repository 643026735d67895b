import { runService } from '@orderstream/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { httpInterface } from './preview/preview.openapi.ts';

await runService({
  name: 'notifier',
  config: readConfig,
  module: (config) => AppModule.register(config),
  api: httpInterface,
});
