import { Service, type ServiceParts } from '@orderstream/service';
import { openApiDocument, type Operation } from '@orderstream/service/openapi';
import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { AppModule } from '../../src/app.module.ts';
import { readConfig } from '../../src/config.ts';
import { httpInterface } from '../../src/openapi/http-interface.ts';

const openApi = openApiDocument('order-api', httpInterface);
const { paths, components } = openApi;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    path,
    method,
    operation,
  })),
);

describe('the OpenAPI document', () => {
  let database: TestDatabase;
  let service: Service;
  const routes = new Set<string>();

  beforeAll(async () => {
    database = await testDatabase();
    const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL: database.url });
    const module = AppModule.register(config);
    const prepare: ServiceParts['prepare'] = (app) => {
      app
        .getHttpAdapter()
        .getInstance()
        .addHook('onRoute', ({ method, url }) => {
          for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`);
        });
    };
    service = await Service.create({ name: 'order-api', config, module, api: httpInterface, prepare }, false);
    await service.listen();
  });
  afterAll(async () => {
    await service.stop();
    await database.drop();
  });

  it('describes every route below /v1, and no other', () => {
    const described = operations.map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    const ours = described.filter((route) => route.includes(' /v1/'));
    expect(ours.sort()).toEqual([...routes].filter((route) => route.includes(' /v1/')).sort());
  });

  it('is served as JSON, with a page that shows it without asking anybody else', async () => {
    const served = await fetch(`${service.url}/openapi.json`);
    expect(await served.json()).toEqual(JSON.parse(JSON.stringify(openApi)));
    const page = await (await fetch(`${service.url}/docs`)).text();
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => asset as string);
    expect(assets).toHaveLength(3);
    for (const asset of assets) expect((await fetch(service.url + asset)).status).toBe(200);
    expect(page).not.toMatch(/https?:\/\//);
  });

  it('has only references that lead somewhere', () => {
    const references = [...JSON.stringify(openApi).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(5);
    for (const [, name] of references) expect(components.schemas).toHaveProperty(name as string);
  });

  it('has only examples that keep their own schemas', () => {
    let checked = 0;
    for (const { operation } of operations) {
      const contents = [
        operation.requestBody?.content,
        ...Object.values(operation.responses).map(({ content }) => content),
      ];
      for (const { schema, example } of contents.flatMap((content) => Object.values(content ?? {}))) {
        const name = /\w+$/.exec((schema as { $ref?: string }).$ref ?? '')?.[0];
        if (example === undefined || name === undefined) continue;
        expect(
          Compile((components.schemas as Record<string, TSchema>)[name] as TSchema).Errors(example),
        ).toEqual([]);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(6);
  });
});
