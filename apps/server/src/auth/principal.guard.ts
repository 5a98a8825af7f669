import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { ClaudeError } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request } from 'express';
import { ServerConfigService } from '../config/server-config.service.js';
import { credentialOf } from './credential.js';
import { isLocalRequest } from './origin.js';

type Authenticated = Request & { principal?: Principal };

/** Nobody unknown gets further. */
@Injectable()
export class PrincipalGuard implements CanActivate {
  constructor(private readonly config: ServerConfigService) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Authenticated>();
    const { principals } = this.config;
    // A worker has health and metrics only.
    if (this.config.options.role === 'worker') throw new ClaudeError('request.not_found', { path: request.path });
    if (principals.isLocal && !isLocalRequest(request.headers)) throw new ClaudeError('request.foreign_origin');
    const principal = principals.authenticate(credentialOf(request.headers));
    if (!principal) throw new ClaudeError('auth.required');
    request.principal = principal;
    return true;
  }
}

/** The caller of a guarded route. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<Authenticated>();
  if (!principal) throw new ClaudeError('auth.required');
  return principal;
});
