import { type NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { serveBoard } from '../admin/board.js';
import { AppModule } from '../app.module.js';
import { refuseAgents } from '../auth/agent-connections.js';
import { asyncApiDocument, serveAsyncApi } from '../asyncapi/index.js';
import { runBodyBytes } from '../config/body-bytes.js';
import { ServerConfigService } from '../config/server-config.service.js';
import { StewardIoAdapter } from '../gateway/steward-io.adapter.js';
import { openApiDocument, serveDocument } from '../http/openapi/document.js';
import { answerUnreadable } from '../http/problem/client-error.js';
import { BootLogger } from './boot.logger.js';
import { isJsonBody, isRunBody, onlyJsonBodies, onlyUtf8 } from './only-json.middleware.js';
import { projectVersion } from './project-version.js';
import { QuietLogger } from './quiet.logger.js';
import { requestIds } from './request-id.middleware.js';

/** The application, ready to listen. */
export async function createApp(): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(), {
    bufferLogs: true,
    logger: new BootLogger(),
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.useLogger(app.get(QuietLogger));
  // What the start does is told as it does it: some of it can take a while.
  app.flushLogs();
  const { options, principals } = app.get(ServerConfigService);
  if (principals.isLocal) {
    const { sandboxFirstUid: first, sandboxUids: count } = options;
    refuseAgents(app.getHttpServer(), { first, count });
  }
  answerUnreadable(app.getHttpServer());
  app.disable('x-powered-by');
  app.use(requestIds);
  app.use(onlyJsonBodies);
  // Express knows `verify` and `type`; Nest hands them on without a type.
  const parse = (limit: number, type: object) =>
    app.useBodyParser('json', { limit, strict: false, ...({ verify: onlyUtf8, type } as object) });
  parse(runBodyBytes(options), isRunBody);
  parse(options.maxBodyBytes, isJsonBody);
  app.useWebSocketAdapter(new StewardIoAdapter(app, options));
  const openApi = openApiDocument(app, projectVersion());
  serveAsyncApi(app, asyncApiDocument(openApi, projectVersion()));
  serveBoard(app);
  serveDocument(app, openApi);
  return app;
}
