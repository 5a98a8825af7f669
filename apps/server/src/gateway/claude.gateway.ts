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
import { ClaudeService, type RunView } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { type Namespace, type Socket } from 'socket.io';
import { answerOf as answerOfDto, ApproveDto } from '../http/dto/approval.dto.js';
import { given, SocketInputDto } from '../http/dto/input.dto.js';
import { RunRequestDto } from '../http/dto/run.dto.js';
import { FEED_PLACE, SESSION_PLACE } from '../http/dto/stream.dto.js';
import { validateDto } from '../http/dto/validate-dto.js';
import { sessionViewOf } from '../http/session-view.js';
import { checkedPosition } from '../http/sse/position.js';
import { followedFeed, followedRun, followedSession } from './followed.js';
import { Followers } from './followers.js';
import { placeOf, RunIdDto, seqOf, StreamNameDto, streamNameOf, SubscribeDto } from './gateway.dto.js';
import { SocketAdmission } from './socket-admission.js';
import { type Acknowledge, SocketErrors } from './socket-errors.js';

type Known = Socket & { data: { principal: Principal } };

/** Socket.IO, namespace `/claude`: the same verbs as HTTP, and the frames of followed streams. */
@WebSocketGateway({ namespace: 'claude' })
export class ClaudeGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    private readonly claude: ClaudeService,
    private readonly errors: SocketErrors,
    private readonly followers: Followers,
    private readonly admission: SocketAdmission,
  ) {}

  afterInit(namespace: Namespace): void {
    namespace.use((socket, next) => this.admission.admit(socket, next));
    namespace.server.of('/').use((socket, next) => this.admission.refuseAll(socket, next));
  }

  handleConnection(socket: Socket): void {
    this.admission.guard(socket);
  }

  handleDisconnect(socket: Socket): void {
    this.followers.leave(socket);
  }

  @SubscribeMessage('claude:execute')
  execute(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) => {
      const run = await this.claude.submit(validateDto(RunRequestDto, body), caller);
      this.followers.start(socket, caller, followedRun(this.claude, caller, run, 0, {}, true));
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

  @SubscribeMessage('claude:interrupt')
  interrupt(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) =>
      answerOf(await this.claude.interrupt(validateDto(RunIdDto, body).id, caller)),
    );
  }

  @SubscribeMessage('claude:approve')
  approve(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) => {
      const { id, approvalId, ...answer } = validateDto(ApproveDto, body);
      return { id, approval: await this.claude.approve(id, approvalId, caller, answerOfDto(answer)) };
    });
  }

  @SubscribeMessage('claude:input')
  input(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async (caller) => {
      const { id, ...said } = validateDto(SocketInputDto, body);
      const { inputId, run } = await given(this.claude, caller, id, said);
      return { id, inputId, run };
    });
  }

  @SubscribeMessage('claude:subscribe')
  subscribe(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, (caller) => this.follow(socket, caller, validateDto(SubscribeDto, body)));
  }

  @SubscribeMessage('claude:unsubscribe')
  unsubscribe(@ConnectedSocket() socket: Known, @MessageBody() body: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.answer(socket, ack, async () => {
      const dto = validateDto(StreamNameDto, body);
      const name = streamNameOf(dto);
      const key = name.kind === 'run' ? name.id : name.kind === 'session' ? `session:${name.id}` : 'feed';
      const { id, sessionId, feed } = dto;
      return { id, sessionId, feed, followed: this.followers.stop(socket, key) };
    });
  }

  /** The acknowledgement says where things stand; then comes what is past, then what comes. */
  private async follow(socket: Known, caller: Principal, dto: SubscribeDto): Promise<Record<string, unknown>> {
    const { after, types, deltas } = dto;
    const filter = { types, deltas };
    const name = streamNameOf(dto);
    if (name.kind === 'run') {
      const run = await this.claude.getRun(name.id, caller);
      const seq = checkedPosition(run, seqOf(after), 'after');
      this.followers.start(socket, caller, followedRun(this.claude, caller, run, seq, filter));
      const asked = run.endedAt === null ? await this.claude.approvals(run.id, caller) : [];
      return { ...answerOf(run), approvals: asked.filter(({ state }) => state === 'open') };
    }
    if (name.kind === 'session') {
      const session = sessionViewOf(await this.claude.getSession(name.id, caller));
      const position = await this.claude.sessionPosition(name.id, caller, placeOf(after, SESSION_PLACE));
      this.followers.start(socket, caller, followedSession(this.claude, caller, name.id, position, filter));
      return { sessionId: name.id, session, position };
    }
    const position = await this.claude.feedPosition(caller, placeOf(after, FEED_PLACE));
    this.followers.start(socket, caller, followedFeed(this.claude, caller, position, filter));
    return { feed: true, position };
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
