import { type Params } from 'nestjs-pino';
import { type ServerConfigService } from '../config/server-config.service.js';

const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);

/** JSON lines, one a request, without bodies and without credentials; pretty where a person watches. */
export function loggerOptions({ options }: ServerConfigService): Params {
  return {
    pinoHttp: {
      level: options.logLevel,
      autoLogging: { ignore: (request) => QUIET.has(request.url ?? '') },
      customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
      redact: {
        paths: ['req.headers.authorization', 'req.headers["x-api-key"]', 'req.headers.cookie'],
        censor: '[redacted]',
      },
      serializers: {
        req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
          id,
          method,
          url: url.split('?')[0],
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      ...(process.stdout.isTTY ? { transport: { target: 'pino-pretty', options: { singleLine: true } } } : {}),
    },
  };
}
