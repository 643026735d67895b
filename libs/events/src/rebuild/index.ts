export { decode, type Decoded } from '../consumer/decode.ts';
export { GroupLog, type GroupLogOptions, type OnRecords } from './group-log.ts';
export { handlersOf } from './handlers-of.ts';
