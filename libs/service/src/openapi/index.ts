export { openApiDocument, type HttpInterface, type OpenApiDocument } from './document.ts';
export {
  headers,
  json,
  problem,
  type Operation,
  type Parameter,
  type Path,
  type Response,
} from './operation.ts';
