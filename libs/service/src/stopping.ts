import type { DynamicModule } from '@nestjs/common';

/**
 * Injectable everywhere: tells long-lived work that the service is about to stop. A handler that waits or streams (server-sent
 * events, `Prefer: wait`) ends when `signal` aborts; what goes on regardless is cut off after the HTTP drain time.
 */
export class Stopping {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(): void {
    this.#controller.abort();
  }
}

class StoppingModule {}

export function stoppingModule(stopping: Stopping): DynamicModule {
  return {
    module: StoppingModule,
    global: true,
    providers: [{ provide: Stopping, useValue: stopping }],
    exports: [Stopping],
  };
}
