/** Of AsyncAPI's Kafka bindings, in which AsyncAPI 3.0 describes keys, partitions and groups. */
export const BINDING_VERSION = '0.5.0';
