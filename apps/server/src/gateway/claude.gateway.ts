import {
  Ack,
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { ClaudeError, ClaudeService, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Namespace, type Socket } from 'socket.io';
import { isLocalRequest } from '../auth/origin.js';
import { ServerConfigService } from '../config/server-config.service.js';
import { RunRequestDto } from '../http/dto/run.dto.js';
import { validateDto } from '../http/dto/validate-dto.js';
import { checkedPosition } from '../http/sse/position.js';
import { Followers } from './followers.js';
import { CLIENT_EVENTS } from './gateway.events.js';
import { RunIdDto, SubscribeDto } from './gateway.dto.js';
import { type Acknowledge, SocketErrors } from './socket-errors.js';

type Known = Socket & { data: { principal: Principal } };

/** Socket.IO, namespace `/claude`: the same verbs as HTTP, and the frames of followed runs. */
@WebSocketGateway({ namespace: 'claude' })
export class ClaudeGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    private readonly claude: ClaudeService,
    private readonly config: ServerConfigService,
    private readonly errors: SocketErrors,
    private readonly followers: Followers,
  ) {}

  /** Who is not known does not get in; the problem travels in `connect_error.data`. */
  afterInit(namespace: Namespace): void {
    namespace.use((socket, next) => {
      try {
        socket.data.principal = this.authenticate(socket);
        next();
      } catch (thrown) {
        const problem = this.errors.problem(thrown);
        next(Object.assign(new Error(problem.code), { data: problem }));
      }
    });
  }

  handleConnection(socket: Socket): void {
    socket.use((packet, next) => {
      const [event, ...words] = packet as unknown[];
      const acknowledge = words.at(-1);
      const { maxBodyBytes } = this.config.options;
      const isKnown = (CLIENT_EVENTS as readonly string[]).includes(event as string);
      const isTooLarge = Buffer.byteLength(JSON.stringify(words[0]) ?? '') > maxBodyBytes;
      if (isKnown && !isTooLarge) {
        next();
        return;
      }
      const error = isKnown
        ? new ClaudeError('request.too_large', { limitBytes: maxBodyBytes })
        : new ClaudeError('request.unknown_event', { event: String(event).slice(0, 100) });
      const known = typeof acknowledge === 'function' ? (acknowledge as Acknowledge) : undefined;
      this.errors.refuse(socket, known, error);
    });
  }

  handleDisconnect(socket: Socket): void {
    this.followers.leave(socket);
  }

  @SubscribeMessage('claude:execute')
  execute(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) => {
      const run = await this.claude.submit(validateDto(RunRequestDto, body), caller);
      this.followers.start(socket, caller, run, 0);
      return { id: run.id, run };
    });
  }

  @SubscribeMessage('claude:status')
  status(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) =>
      answerOf(await this.claude.getRun(validateDto(RunIdDto, body).id, caller)),
    );
  }

  @SubscribeMessage('claude:cancel')
  cancel(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) =>
      answerOf(await this.claude.cancel(validateDto(RunIdDto, body).id, caller)),
    );
  }

  @SubscribeMessage('claude:subscribe')
  subscribe(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) => {
      const { id, after = 0 } = validateDto(SubscribeDto, body);
      const run = await this.claude.getRun(id, caller);
      this.followers.start(socket, caller, run, checkedPosition(run, after, 'after'));
      return answerOf(run);
    });
  }

  @SubscribeMessage('claude:unsubscribe')
  unsubscribe(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async () => {
      const { id } = validateDto(RunIdDto, body);
      return { id, followed: this.followers.stop(socket, id) };
    });
  }

  private authenticate(socket: Socket): Principal {
    const { principals } = this.config;
    const { headers, auth } = socket.handshake;
    if (this.config.options.role === 'worker') throw new ClaudeError('request.not_found', { path: '/claude' });
    if (principals.isLocal && !isLocalRequest(headers)) throw new ClaudeError('request.foreign_origin');
    const token = (auth as { token?: unknown }).token;
    const principal = principals.authenticate(typeof token === 'string' ? token : undefined);
    if (!principal) throw new ClaudeError('auth.required');
    return principal;
  }

  private answer(
    socket: Known,
    ack: Acknowledge | undefined,
    handle: (caller: Principal) => Promise<Record<string, unknown>>,
  ): Promise<void> {
    return this.errors.answer(socket, ack, () => handle(socket.data.principal));
  }
}

const answerOf = (run: RunView): Record<string, unknown> => ({ id: run.id, run });
