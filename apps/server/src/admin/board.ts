import { ExpressAdapter } from '@bull-board/express';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { QueueOperationsService } from '@steward/claude';
import { type NextFunction, type Request, type Response } from 'express';
import { credentialOf } from '../auth/credential.js';
import { isLocalRequest } from '../auth/origin.js';
import { ServerConfigService } from '../config/server-config.service.js';

const PATH = '/admin/queues';

/** BullMQ's own pages for operators. Browsers ask for the key as a password, since they have no header of ours. */
export function serveBoard(app: NestExpressApplication): void {
  const config = app.get(ServerConfigService);
  if (config.options.role === 'worker') return;
  const adapter = new ExpressAdapter();
  adapter.setBasePath(PATH);
  app.get(QueueOperationsService).attachBoard(adapter);
  const guard = (request: Request, response: Response, next: NextFunction): void => {
    const { principals } = config;
    const isForeign = principals.isLocal && !isLocalRequest(request.headers);
    const principal = principals.authenticate(credentialOf(request.headers) ?? passwordOf(request));
    if (principal?.role === 'operator' && !isForeign) return next();
    response
      .status(principal ? 403 : 401)
      .set(principal ? {} : { 'www-authenticate': 'Basic realm="Steward operators", charset="UTF-8"' })
      .type('text/plain')
      .send('Operators only: any name, and an API key of the role operator as the password.\n');
  };
  app.use(PATH, guard, adapter.getRouter());
}

/** The password of HTTP Basic. */
function passwordOf({ headers }: Request): string | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
