import { type SessionRecord } from '@steward/claude';
import { type SessionViewDto } from './dto/views.dto.js';

/** The CLI's own id of the conversation, the user of its processes and the name of its folder stay inside. */
export const sessionViewOf = ({
  cliSessionId: _conversation,
  uid: _user,
  grownToBytes: _grown,
  place: _folder,
  passing: _passing,
  workspace,
  bytes,
  ...session
}: SessionRecord): SessionViewDto => ({ ...session, workspace: { ...workspace, bytes } });
