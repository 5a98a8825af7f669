import { setTimeout as delay } from 'node:timers/promises';
import { type ClaudeService, type Owner, type PlacedFrame } from '@steward/claude';
import { type Socket } from 'socket.io';
import { type Followed } from './followed.js';
import { SERVER_EVENTS } from './gateway.events.js';
import { approvalPacketOf, packetOf, widePacketOf } from './run-packets.js';
import { SharedPacket } from './shared-packet.js';

const POSITION_INTERVAL_MS = 1000;
const RETRY_MS = 500;
/** Bytes that may be on their way to one socket. */
const WINDOW_BYTES = 256 * 1024;

export interface FollowerOptions {
  readonly claude: ClaudeService;
  readonly owner: Owner;
  readonly followed: Followed;
  /** Whether a failure will pass by itself. */
  readonly isPassing: (error: unknown) => boolean;
  /** Milliseconds after which a socket that takes nothing is closed. */
  readonly stallMs: number;
}

/** One stream for one socket, from a position to its end. Reads on only when the socket has taken what it got. */
export class StreamFollower {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private shownPosition: number | null = null;
  /** Whether the socket could not take the last frames at once. */
  private behind = false;
  /** Position behind the last frame that was sent. */
  private position: string;
  private stopWaiting: (() => void) | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly options: FollowerOptions,
  ) {
    this.position = options.followed.after;
  }

  stop(): void {
    this.controller.abort();
    this.stopWaiting?.();
  }

  /** @returns whether the stream came to its end, and was not left before it */
  async run(): Promise<boolean> {
    const { signal } = this.controller;
    if (this.options.followed.runId !== null) {
      await this.showPosition();
      this.timer = setInterval(() => void this.showPosition(), POSITION_INTERVAL_MS);
    }
    try {
      while (!(await this.read())) await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    } finally {
      clearInterval(this.timer);
    }
    return !signal.aborted;
  }

  /** @returns false when the log cannot be read for now: whoever follows learns nothing of it and misses nothing */
  private async read(): Promise<boolean> {
    const { followed, isPassing } = this.options;
    const { signal } = this.controller;
    const isBehind = () => this.behind;
    try {
      for await (const frames of followed.open(this.position, { signal, isBehind })) {
        if (frames.some((frame) => frame.type !== 'run.queued')) clearInterval(this.timer);
        await this.emitAll(frames);
        if (signal.aborted) return true;
      }
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      if (isPassing(error)) return false;
      throw error;
    }
  }

  private async emitAll(frames: readonly PlacedFrame[]): Promise<void> {
    let bytes = 0;
    for (const frame of frames) {
      await this.emit(frame);
      this.position = frame.position;
      bytes += frame.dataJson.length;
      if (bytes < WINDOW_BYTES) continue;
      await this.flushed();
      bytes = 0;
    }
    this.behind = await this.flushed();
  }

  private async emit(frame: PlacedFrame): Promise<void> {
    const { claude, owner, followed } = this.options;
    approvalPacketOf(frame, followed.runId === null ? followed.label : null)?.sendTo(this.socket);
    const packet =
      followed.runId === null ? widePacketOf(frame, followed.label, claude, owner) : packetOf(frame, claude, owner);
    (packet instanceof SharedPacket ? packet : await packet).sendTo(this.socket);
  }

  /**
   * Waits until what was emitted has gone out to the network. It is the transport that says so, by `ready`; the `drain`
   * of the connection above it comes when a write begins, and then not again before something else is written.
   */
  private async flushed(): Promise<boolean> {
    const { conn } = this.socket;
    let waits = 0;
    while (conn.readyState === 'open' && !conn.transport.writable && !this.controller.signal.aborted) {
      if (!(await this.ready())) this.giveUp();
      waits += 1;
    }
    // One wait is the way of every write; a second one means that more stood in line.
    return waits > 1;
  }

  /**
   * By hand and not by combined signals: with a thousand readers this is what happens most.
   *
   * @returns false when the socket took nothing for too long
   */
  private ready(): Promise<boolean> {
    const { transport } = this.socket.conn;
    return new Promise((resolve) => {
      const settle = (inTime: boolean) => {
        clearTimeout(timer);
        transport.off('ready', onReady);
        this.stopWaiting = undefined;
        resolve(inTime);
      };
      const onReady = () => settle(true);
      const timer = setTimeout(() => settle(false), this.options.stallMs);
      this.stopWaiting = onReady;
      transport.once('ready', onReady);
    });
  }

  /** A reader that took nothing for too long is told where it was, and can come back. */
  private giveUp(): void {
    const { followed } = this.options;
    const position = followed.runId === null ? this.position : Number(this.position);
    this.socket.emit(SERVER_EVENTS.stalled, { id: followed.runId, ...followed.label, position });
    this.socket.disconnect(true);
    this.stop();
  }

  private async showPosition(): Promise<void> {
    const { claude, followed } = this.options;
    const known = await claude.position(followed.runId!).catch(() => null);
    // One that began with its acceptance was next.
    const position = known ?? (followed.isNew && this.shownPosition === null ? 1 : null);
    if (position === null || position === this.shownPosition) return;
    this.shownPosition = position;
    this.socket.emit(SERVER_EVENTS.queued, { id: followed.runId, position });
  }
}
