import { type NestExpressApplication } from '@nestjs/platform-express';
import { type AsyncApiDocument } from './document.js';
import { eventPage } from './event-page.js';

/** Nothing of the page may act or come from elsewhere. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** `/asyncapi.json`, and the same for people at `/docs/events`. To be called before `/docs` takes all that is below it. */
export function serveAsyncApi(app: NestExpressApplication, document: AsyncApiDocument): void {
  const page = eventPage(document);
  const express = app.getHttpAdapter().getInstance();
  express.get('/asyncapi.json', (_request, response) => response.json(document));
  express.get('/docs/events', (_request, response) =>
    response.set('content-security-policy', POLICY).type('html').send(page),
  );
}
