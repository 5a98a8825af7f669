export { asyncApiDocument, type AsyncApiDocument } from './document.js';
export { serveAsyncApi } from './serve.js';
