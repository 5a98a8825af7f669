import { RUN_STATES, type RunState, type WorkspaceSource } from '@steward/claude';
import { ChoiceField, QueryIntegerField, TextField } from './fields.js';
import { MetadataField } from './object-fields.js';
import { WorkspaceField } from './workspace.dto.js';

export class PageQueryDto {
  @QueryIntegerField({ min: 1, max: 200, about: 'Entries of a page. Default: 50.' })
  limit?: number;

  @TextField({ max: 200, about: '`nextCursor` of the page before.' })
  cursor?: string;
}

export class RunListQueryDto extends PageQueryDto {
  @ChoiceField({ values: RUN_STATES, about: 'Only runs in this state.' })
  state?: RunState;

  @TextField({ max: 64, about: 'Only runs of this session.' })
  sessionId?: string;
}

export class CreateSessionDto {
  @WorkspaceField('What its workspace begins with. Default: nothing.')
  workspace?: WorkspaceSource;

  @MetadataField({ about: 'Yours: at most 16 texts, shown with the session.' })
  metadata?: Record<string, string>;
}

export class ForkSessionDto {
  @MetadataField({ about: 'Yours, of the new session; without it that of the original.' })
  metadata?: Record<string, string>;
}
