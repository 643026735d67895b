// One instance of the service as a process of its own, as far as the outbox is concerned. Runs until it is killed.
import { EventProducer } from '@orderstream/events';
// Not from the index: that brings Nest and its decorators, which Node does not read by itself.
import { Database } from '../src/database/database.ts';
import { OutboxBell } from '../src/outbox/outbox-bell.ts';
import { OutboxRelay } from '../src/outbox/outbox-relay.ts';

const [brokers = '', url = '', schema = '', service = ''] = process.argv.slice(2);
const database = new Database({ service, schema, url });
const producer = new EventProducer({ clientId: service, brokers: brokers.split(',') });
new OutboxRelay(database, new OutboxBell(database), producer).start();
