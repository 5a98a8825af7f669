import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Params } from 'nestjs-pino';
import { v7 as uuid } from 'uuid';
import { type ServerConfigService } from '../config/server-config.service.js';

const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;
const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);

/** JSON lines, one a request, without bodies and without credentials; pretty where a person watches. */
export function loggerOptions({ options }: ServerConfigService): Params {
  return {
    pinoHttp: {
      level: options.logLevel,
      genReqId: requestId,
      autoLogging: { ignore: (request) => QUIET.has(request.url ?? '') },
      customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
      redact: {
        paths: ['req.headers.authorization', 'req.headers["x-api-key"]', 'req.headers.cookie'],
        censor: '[redacted]',
      },
      serializers: {
        req: ({ id, method, url }: { id: string; method: string; url: string }) => ({ id, method, url }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      ...(process.stdout.isTTY ? { transport: { target: 'pino-pretty', options: { singleLine: true } } } : {}),
    },
  };
}

/** The caller's id, where it is sane, so that both logs can be joined. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : uuid();
  response.setHeader('request-id', id);
  return id;
}
