import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { HOST } from './settings.ts';

/**
 * Heap of the broker. 384 MB holds the default load with room (a started broker uses about 90 MB of it); the page cache, which Kafka
 * lives on, is outside.
 */
const HEAP = '384m';

export interface KafkaFiles {
  readonly properties: string;
  readonly javaArguments: string;
}

/** Settings of a one-broker KRaft cluster; `logDir` is relative to the data directory the broker runs in. */
export function kafkaProperties(port: number, controllerPort: number, logDir: string): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `${HOST}:${controllerPort}`,
    listeners: `BROKER://${HOST}:${port},CONTROLLER://${HOST}:${controllerPort}`,
    'advertised.listeners': `BROKER://${HOST}:${port},CONTROLLER://${HOST}:${controllerPort}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logDir,
    'auto.create.topics.enable': false,
    // A group's first member need not wait for others: locally it is nearly always alone.
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // The default of 128 MB would be a third of the heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

export interface JvmOptions {
  readonly jars: readonly string[];
  /** Options besides heap, class path and logging. */
  readonly options: readonly string[];
}

/** Writes what the JVM reads on start: settings, log format and its own arguments (an argument file keeps `ps` readable). */
export function writeKafkaFiles(dir: string, name: string, properties: string, jvm: JvmOptions): KafkaFiles {
  mkdirSync(dir, { recursive: true });
  const files = { properties: join(dir, `${name}.properties`), javaArguments: join(dir, `${name}.java`) };
  const logging = join(dir, 'kafka-log4j2.xml');
  const javaArguments = [
    `-Xmx${HEAP}`,
    '-Xms128m',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${logging}`,
    ...jvm.options,
    '-cp',
    jvm.jars.join(delimiter),
  ];
  writeFileSync(files.properties, properties);
  writeFileSync(logging, LOGGING);
  writeFileSync(files.javaArguments, javaArguments.map(quoted).join('\n') + '\n');
  return files;
}

/** As the `java` launcher reads argument files: in double quotes, backslash escapes. */
function quoted(argument: string): string {
  return `"${argument.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

const LOGGING = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="out">
      <PatternLayout pattern="%d{ISO8601}{UTC}Z %-5p %c{1} %m%n%throwable"/>
    </Console>
  </Appenders>
  <Loggers>
    <!-- prints all of the several hundred settings, each time -->
    <Logger name="org.apache.kafka.common.config.AbstractConfig" level="WARN"/>
    <Logger name="kafka.server.KafkaConfig" level="WARN"/>
    <Root level="INFO">
      <AppenderRef ref="out"/>
    </Root>
  </Loggers>
</Configuration>
`;
