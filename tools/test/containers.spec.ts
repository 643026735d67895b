import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../src/platform/index.ts';
import { MAILBOX_PORT, OPERATOR_ADDRESS, SMS_PORT, SMTP_PORT } from '../src/start/local-addresses.ts';
import { SERVICE_MALLOC, SERVICE_NODE_FLAGS, SERVICES } from '../src/services/services.ts';

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const images = [...SERVICES.map(({ name }) => `apps/${name}`), 'tools'];

describe.each(images)('%s/Dockerfile', (directory) => {
  const dockerfile = read(`${directory}/Dockerfile`);

  it('takes the libraries that the package needs, and no other: manifests for the install, sources for the build', () => {
    const libraries = librariesOf(directory);
    expect(copied(dockerfile, /^COPY libs\/([^/]+)\/package\.json libs\/\1\/$/gm)).toEqual(libraries);
    expect(copied(dockerfile, /^COPY libs\/([^/]+) libs\/\1$/gm)).toEqual(libraries);
  });

  it('stands on the Node line that the workspace pins', () => {
    const line = /^ARG NODE_IMAGE=node:(\d+)-slim$/m.exec(dockerfile)?.[1];
    expect(line).toBe(manifest('.').devDependencies['node']?.split('.')[0]);
  });
});

it('docker-compose.yml: one service builds each image, as two builds of one tag get in each other’s way', () => {
  expect(copied(read('docker-compose.yml'), /^ +build: .*dockerfile: ([^,]+)\/Dockerfile,/gm)).toEqual(
    [...images].sort(),
  );
});

describe.each(SERVICES)('$name in docker-compose.yml', ({ name, port, database }) => {
  const compose = read('docker-compose.yml');

  it('is published where `npm start` has it, and listens there in its image', () => {
    expect(compose).toContain(`127.0.0.1:${port}:${port}`);
    expect(read(`apps/${name}/Dockerfile`)).toMatch(new RegExp(`PORT=${port}\\n(.*\\n)*EXPOSE ${port}\\n`));
  });

  it('keeps its memory as small as `npm start` does', () => {
    const dockerfile = read(`apps/${name}/Dockerfile`);
    const flags = SERVICE_NODE_FLAGS.map((flag) => `, "${flag}"`).join('');
    expect(dockerfile).toContain(`ENTRYPOINT ["node"${flags}]`);
    const settings = Object.entries(SERVICE_MALLOC).map(([key, value]) => `${key}=${value}`);
    expect(dockerfile).toContain(`ENV ${settings.join(' ')}\n`);
  });

  it('uses its own database, which PostgreSQL makes at its first start', () => {
    const anchor = new RegExp(`&${name}-database\\n +DATABASE_URL: postgres://[^/]+/${database}\\n`);
    expect(compose).toMatch(anchor);
    expect(read('tools/containers/create-databases.sql')).toContain(`CREATE DATABASE ${database};`);
  });
});

describe('the notifier in docker-compose.yml', () => {
  const compose = read('docker-compose.yml');

  it('sends to the catchers, which are published where `npm start` has them, and tells the same operators', () => {
    expect(compose).toContain(`SMTP_URL: smtp://mailbox:${SMTP_PORT}\n`);
    expect(compose).toContain(`SMS_GATEWAY_URL: http://sms:${SMS_PORT}\n`);
    expect(compose).toContain(`OPERATOR_ADDRESSES: \${OPERATOR_ADDRESSES:-${OPERATOR_ADDRESS}}\n`);
    for (const port of [SMTP_PORT, MAILBOX_PORT, SMS_PORT])
      expect(compose).toContain(`127.0.0.1:${port}:${port}`);
  });
});

/** The workspace's libraries below a package, through their own dependencies, sorted. */
function librariesOf(directory: string, found = new Set<string>()): string[] {
  for (const name of Object.keys(manifest(directory).dependencies ?? {})) {
    const library = name.replace('@orderstream/', '');
    if (!existsSync(join(workspaceRoot, 'libs', library)) || found.has(library)) continue;
    librariesOf(`libs/${library}`, found.add(library));
  }
  return [...found].sort();
}

function copied(dockerfile: string, line: RegExp): string[] {
  return [...dockerfile.matchAll(line)].map(([, library]) => library ?? '').sort();
}

function manifest(directory: string): Manifest {
  return JSON.parse(read(`${directory}/package.json`)) as Manifest;
}

function read(path: string): string {
  return readFileSync(join(workspaceRoot, path), 'utf8');
}
