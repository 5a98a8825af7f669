import { Injectable } from '@nestjs/common';
import { ClaudeError } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Socket } from 'socket.io';
import { isLocalRequest } from '../auth/origin.js';
import { attachmentCharacters, runBodyBytes } from '../config/body-bytes.js';
import { ServerConfigService } from '../config/server-config.service.js';
import { ConnectionLimits } from '../readers/connection-limits.js';
import { MessageRate } from '../readers/message-rate.js';
import { CLIENT_EVENTS } from './gateway.events.js';
import { type Acknowledge, SocketErrors } from './socket-errors.js';

/** A socket that was refused this many seconds' worth of messages without a break is closed. */
const PATIENCE_SECONDS = 5;

/** Who gets in, how much a socket may send, and until when it may stay. */
@Injectable()
export class SocketAdmission {
  constructor(
    private readonly config: ServerConfigService,
    private readonly limits: ConnectionLimits,
    private readonly errors: SocketErrors,
  ) {}

  /** Who is not known does not get in; the problem travels in `connect_error.data`. */
  admit(socket: Socket, next: (refusal?: Error) => void): void {
    try {
      const principal = this.authenticate(socket);
      // It left while it was let in: its `close` has been, and nothing would end its being counted.
      if (socket.conn.readyState !== 'open') return next(new Error('left'));
      const release = this.limits.take(principal);
      socket.data.principal = principal;
      // Both: a namespace can be left before its connection is, and a connection can end before it enters one.
      socket.conn.once('close', release);
      socket.once('disconnect', release);
      next();
    } catch (thrown) {
      const problem = this.errors.problem(thrown);
      next(Object.assign(new Error(problem.code), { data: problem }));
    }
  }

  /** For every other namespace: Socket.IO has a default one, where nobody would be asked who they are. */
  refuseAll(_socket: Socket, next: (refusal?: Error) => void): void {
    const problem = this.errors.problem(new ClaudeError('request.not_found', { path: '/' }));
    next(Object.assign(new Error(problem.code), { data: problem }));
  }

  /** Bounds what an admitted socket may send, and closes it when its credential is revoked. */
  guard(socket: Socket): void {
    const { socketMessagesPerSecond } = this.config.options;
    const rate = new MessageRate(socketMessagesPerSecond);
    let refused = 0;
    socket.use((packet, next) => {
      const [event, ...words] = packet as unknown[];
      const acknowledge = words.at(-1);
      const retryAfterMs = rate.take();
      refused = retryAfterMs > 0 ? refused + 1 : 0;
      const error =
        retryAfterMs > 0
          ? new ClaudeError('request.too_many', { perSecond: socketMessagesPerSecond, retryAfterMs })
          : this.problemOf(event, words[0]);
      if (!error) return next();
      const known = typeof acknowledge === 'function' ? (acknowledge as Acknowledge) : undefined;
      this.errors.refuse(socket, known, error);
      if (refused > PATIENCE_SECONDS * socketMessagesPerSecond) socket.disconnect(true);
    });
    const revocation = this.config.principals.revocation(tokenOf(socket));
    const revoke = () => {
      this.errors.refuse(socket, undefined, new ClaudeError('auth.revoked'));
      socket.disconnect(true);
    };
    if (revocation.signal.aborted) revoke();
    else revocation.signal.addEventListener('abort', revoke, { once: true });
    socket.once('disconnect', revocation.release);
    // Who leaves the namespace has nothing more to say; the bare connection would be counted nowhere.
    socket.once('disconnect', () => socket.conn.close());
  }

  private problemOf(event: unknown, body: unknown): ClaudeError | null {
    if (!(CLIENT_EVENTS as readonly string[]).includes(event as string))
      return new ClaudeError('request.unknown_event', { event: String(event).slice(0, 100) });
    const { maxBodyBytes } = this.config.options;
    const bytes = Buffer.byteLength(JSON.stringify(body) ?? '');
    const isRun = event === 'claude:execute';
    if (isRun && bytes > runBodyBytes(this.config.options))
      return new ClaudeError('request.too_large', { limitBytes: runBodyBytes(this.config.options) });
    // Only attachments make a request larger than others.
    const beside = isRun ? bytes - attachmentCharacters(body) : bytes;
    return beside > maxBodyBytes ? new ClaudeError('request.too_large', { limitBytes: maxBodyBytes }) : null;
  }

  private authenticate(socket: Socket): Principal {
    const { principals } = this.config;
    if (this.config.options.role === 'worker') throw new ClaudeError('request.not_found', { path: '/claude' });
    if (principals.isLocal && !isLocalRequest(socket.handshake.headers))
      throw new ClaudeError('request.foreign_origin');
    const principal = principals.authenticate(tokenOf(socket));
    if (!principal) throw new ClaudeError('auth.required');
    return principal;
  }
}

function tokenOf(socket: Socket): string | undefined {
  const { token } = socket.handshake.auth as { token?: unknown };
  return typeof token === 'string' ? token : undefined;
}
