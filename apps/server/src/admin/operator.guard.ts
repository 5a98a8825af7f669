import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ClaudeError } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Request } from 'express';

/** What concerns everybody is the operators'. Stands behind the guard that says who calls. */
@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { principal } = context.switchToHttp().getRequest<Request & { principal?: Principal }>();
    if (principal?.role !== 'operator') throw new ClaudeError('auth.forbidden', { role: 'operator' });
    return true;
  }
}
