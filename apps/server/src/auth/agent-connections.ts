import { type Server } from 'node:http';
import { type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { usersOf } from '@steward/host';

/** User ids that agents may have. */
export interface AgentUsers {
  readonly first: number;
  readonly count: number;
}

/**
 * Without keys everybody on this machine is the one local principal. An agent is on this machine, too: its program could
 * read every conversation over the API, and order about. So connections of the users of sessions are closed before anything
 * is read from them; so are those whose other end nobody holds any more, since that may have been an agent.
 * Where agents have no users of their own nothing tells them from people (docs/sandbox.md).
 */
export function refuseAgents(server: Server, { first, count }: AgentUsers): void {
  const logger = new Logger('Access');
  let isTold = false;
  let isShort = false;
  const isAgent = (uid: number): boolean => uid >= first && uid < first + count;
  const refuse = (socket: Socket): void => {
    let users: readonly number[];
    try {
      users = usersOf(socket);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // No host where agents have users of their own. Whom nobody can tell for now (no descriptor is left) is no guest.
      if (code === 'ENOENT') return;
      socket.destroy();
      if (!isShort) logger.warn({ code }, 'connections are closed: their users cannot be told from agents now');
      isShort = true;
      return;
    }
    isShort = false;
    if (users.length > 0 && !users.some(isAgent)) return;
    socket.destroy();
    if (users.length === 0 || isTold) return;
    isTold = true;
    logger.warn(
      { user: users.find(isAgent) },
      'an agent tried to use the API of this server, which asks for no key; it is refused',
    );
  };
  server.prependListener('connection', refuse);
}
