import { applyDecorators, Controller, UseGuards, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiResponse, ApiSecurity, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { PrincipalGuard } from '../../auth/principal.guard.js';
import { DtoPipe } from '../dto/dto.pipe.js';
import { ProblemDto } from '../dto/views.dto.js';

export const API_PREFIX = 'api/v1/claude';

/** A controller of the API: guarded, validated, documented. */
export const ApiController = (tag: string, path = ''): ClassDecorator =>
  applyDecorators(
    Controller(path ? `${API_PREFIX}/${path}` : API_PREFIX),
    UseGuards(PrincipalGuard),
    UsePipes(DtoPipe),
    ApiTags(tag),
    ApiBearerAuth(),
    ApiSecurity('apiKey'),
    ApiExtraModels(ProblemDto),
  );

const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } };

/** The errors that a route is known for; every route may answer 401, 500 and 503. */
export const ApiProblems = (...statuses: number[]): MethodDecorator =>
  applyDecorators(
    ...[...statuses, 401, 500, 503].map((status) =>
      ApiResponse({ status, description: 'A problem; `code` says which.', content }),
    ),
  );

/** The header of every POST that makes something. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Same key and body: the same run or session. 1 to 255 characters, kept 24 hours.',
};
