import { type SessionRecord } from '@steward/claude';
import { type SessionViewDto } from './dto/views.dto.js';

/** The CLI's own id of the conversation and the user of its processes stay inside. */
export const sessionViewOf = ({
  cliSessionId: _conversation,
  uid: _user,
  grownToBytes: _grown,
  ...session
}: SessionRecord): SessionViewDto => session;
