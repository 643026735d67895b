import { Inject, Injectable } from '@nestjs/common';
import { EventServer, eventServerToken } from '@orderstream/events/nest';

/** As contract.md says of readiness: nothing heard from the consumer's loop for so long counts as standing still. */
const SILENT_MS = 10_000;

/** Whether events reach the warehouse through this instance. */
@Injectable()
export class Intake {
  constructor(@Inject(eventServerToken('analytics')) private readonly server: EventServer) {}

  isReceiving(): boolean {
    const health = this.server.health();
    if (health === undefined || !health.joined || health.blocked.length > 0) return false;
    return Date.now() - (health.lastTurnAtMs ?? 0) < SILENT_MS;
  }
}
