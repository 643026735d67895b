import { runService } from '@orderstream/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { httpInterface } from './openapi/http-interface.ts';

await runService({
  name: 'order-api',
  config: readConfig,
  module: (config) => AppModule.register(config),
  api: httpInterface,
});
