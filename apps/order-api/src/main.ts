import { runService } from '@orderstream/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { serveOpenApi } from './openapi/serve-open-api.ts';

await runService({
  name: 'order-api',
  config: readConfig,
  module: (config) => AppModule.register(config),
  prepare: serveOpenApi,
});
