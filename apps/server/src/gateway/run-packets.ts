import { type ClaudeService, isTerminal, type Owner, type PlacedFrame } from '@steward/claude';
import { frameJson } from '../http/sse/frame-json.js';
import { SERVER_EVENTS } from './gateway.events.js';
import { SharedPacket } from './shared-packet.js';

/** Readers of one process share the newest frames of a run; whatever was made of a frame for one serves all. */
const progress = new WeakMap<PlacedFrame, SharedPacket>();
const terminal = new WeakMap<PlacedFrame, Promise<SharedPacket>>();

/** A frame of a single run as its event. */
export function packetOf(
  frame: PlacedFrame,
  claude: ClaudeService,
  owner: Owner,
): SharedPacket | Promise<SharedPacket> {
  if (isTerminal(frame.type)) return shared(terminal, frame, () => terminalPacket(frame, claude, owner, ''));
  return shared(progress, frame, () => new SharedPacket(SERVER_EVENTS.progress, payloadOf(frame, '')));
}

/** A frame of a wider stream, with its label and its place there. */
export function widePacketOf(
  frame: PlacedFrame,
  label: Readonly<Record<string, unknown>>,
  claude: ClaudeService,
  owner: Owner,
): SharedPacket | Promise<SharedPacket> {
  const extra = JSON.stringify({ ...label, position: frame.position }).slice(1, -1);
  if (isTerminal(frame.type)) return terminalPacket(frame, claude, owner, `,${extra}`);
  return new SharedPacket(SERVER_EVENTS.progress, payloadOf(frame, `,${extra}`));
}

const approvals = new WeakMap<PlacedFrame, SharedPacket>();

/** An event of an approval once more, under a name of its own; null for every other one. */
export function approvalPacketOf(
  frame: PlacedFrame,
  label: Readonly<Record<string, unknown>> | null,
): SharedPacket | null {
  if (!frame.type.startsWith('approval.')) return null;
  const extra = label === null ? '' : `,${JSON.stringify({ ...label, position: frame.position }).slice(1, -1)}`;
  const make = () => new SharedPacket(SERVER_EVENTS.approval, payloadOf(frame, extra));
  return label === null ? shared(approvals, frame, make) : make();
}

function shared<T>(made: WeakMap<PlacedFrame, T>, frame: PlacedFrame, make: () => T): T {
  const known = made.get(frame) ?? make();
  made.set(frame, known);
  return known;
}

/** Without parsing the data again, which may be megabytes. */
const payloadOf = (frame: PlacedFrame, more: string): string =>
  `{"id":${JSON.stringify(frame.runId)},${frameJson(frame).slice(1, -1)}${more}}`;

async function terminalPacket(
  frame: PlacedFrame,
  claude: ClaudeService,
  owner: Owner,
  more: string,
): Promise<SharedPacket> {
  const run = await claude.getRun(frame.runId!, owner);
  const event = run.state === 'completed' ? SERVER_EVENTS.complete : SERVER_EVENTS.error;
  const error = run.error ? `,"error":${JSON.stringify(run.error)}` : '';
  return new SharedPacket(event, payloadOf(frame, `${more},"run":${JSON.stringify(run)}${error}`));
}
