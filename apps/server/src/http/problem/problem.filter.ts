import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { ClaudeMetricsService, type ErrorDetails } from '@steward/claude';
import { type Request, type Response } from 'express';
import { bodyBytesOf } from '../../config/body-bytes.js';
import { ServerConfigService } from '../../config/server-config.service.js';
import { HttpErrors } from './error-of.js';
import { problemOf } from './problem.js';

/** Seconds that a caller should wait before it tries again, where nothing better is known. */
const RETRY_AFTER_SECONDS = 2;

/** Every failed request is answered with `application/problem+json`; what is not the caller's is logged with its cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(
    private readonly errors: HttpErrors,
    private readonly metrics: ClaudeMetricsService,
    private readonly config: ServerConfigService,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request & { id?: unknown }>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.errors.of(
      thrown,
      request,
      bodyBytesOf({ method: request.method, url: request.originalUrl }, this.config.options),
    );
    const requestId = typeof request.id === 'string' ? request.id : null;
    this.metrics.count('errors', { code: error.code });
    if (error.status >= 500)
      this.logger.error({ requestId, code: error.code, err: error.cause ?? error }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.status === 429 || error.status === 503) response.setHeader('retry-after', retryAfter(error.details));
    if (error.code === 'request.method_not_allowed')
      response.setHeader('allow', (error.details['allowed'] as string[]).join(', '));
    if (error.status === 401) response.setHeader('www-authenticate', 'Bearer');
    response
      .status(error.status)
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(error, requestId)));
  }
}

/**
 * Seconds until then: a budget says when the next one begins, a breaker when it lets somebody through, a server that is
 * overloaded when it looks again.
 */
function retryAfter({ resetsAt, retryAt, retryAfterMs }: ErrorDetails): number {
  const at = resetsAt ?? retryAt;
  const leftMs = typeof at === 'string' ? Date.parse(at) - Date.now() : Number(retryAfterMs);
  return leftMs > 0 ? Math.ceil(leftMs / 1000) : RETRY_AFTER_SECONDS;
}
