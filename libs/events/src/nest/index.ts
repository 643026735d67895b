export { EventServer, type EventServerOptions } from './event-server.ts';
export { EventsModule, type EventsModuleOptions, eventServerToken } from './events.module.ts';
export { OnEvents } from './on-events.ts';
