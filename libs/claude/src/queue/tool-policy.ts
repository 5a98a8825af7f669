import { Injectable } from '@nestjs/common';
import { type HookedCall } from '../command/index.js';
import { ClaudeConfigService, type ToolRule } from '../config/index.js';
import { ClaudeMetricsService } from '../metrics/index.js';
import { type Owner } from '../session/index.js';

/** Whose run makes a call. */
export interface CallingRun {
  readonly id: string;
  readonly sessionId: string;
  readonly owner: Owner;
}

/** Why a call does not run, and who said so. */
export interface Veto {
  readonly by: 'rule' | 'endpoint' | 'failure';
  readonly reason: string;
}

/** Null when the call may go on. */
export type AskVeto = (call: HookedCall, signal: AbortSignal) => Promise<Veto | null>;

/** Of an input, a pattern looks at so much; what is longer cannot be vouched for. */
const MAX_CHARACTERS = 100_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_REASON = 1000;

/**
 * The operator's word about each tool call before it runs, whatever the permission rules of the run say: rules first, in
 * order, then the endpoint. Where it cannot be found out, the call does not run.
 */
@Injectable()
export class ToolPolicy {
  constructor(
    private readonly config: ClaudeConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /** Null when the call may go on. */
  async veto(call: HookedCall, run: CallingRun, signal: AbortSignal): Promise<Veto | null> {
    const veto = await this.decide(call, run, signal);
    if (veto) this.metrics.count('toolsDenied', { by: veto.by });
    return veto;
  }

  private async decide(call: HookedCall, run: CallingRun, signal: AbortSignal): Promise<Veto | null> {
    const { toolRules, toolPolicyUrl } = this.config.options;
    const decided = firstThatFits(toolRules, call);
    if (decided === 'allow') return null;
    if (decided !== null) return decided;
    return toolPolicyUrl === null ? null : this.ask(toolPolicyUrl, call, run, signal);
  }

  private async ask(
    url: string,
    call: HookedCall,
    { id: runId, sessionId, owner }: CallingRun,
    signal: AbortSignal,
  ): Promise<Veto | null> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ runId, sessionId, owner, ...call }),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.config.options.toolPolicyTimeoutMs)]),
      });
      if (!response.ok) throw new Error(`it answered with ${response.status}`);
      const { decision, reason } = JSON.parse(await textOf(response)) as { decision?: unknown; reason?: unknown };
      if (decision === 'allow') return null;
      if (decision !== 'deny') throw new Error('it answered with no decision');
      const said =
        typeof reason === 'string' && reason !== '' ? reason.slice(0, MAX_REASON) : 'the policy does not allow it';
      return { by: 'endpoint', reason: said };
    } catch {
      // Where it stands and what it said is the operator's, and not the agent's to read.
      return { by: 'failure', reason: 'the policy could not be asked' };
    }
  }
}

function firstThatFits(rules: readonly ToolRule[], { toolName, input }: HookedCall): Veto | 'allow' | null {
  for (const { tool, input: patterns, decision, reason } of rules) {
    if (!tool.test(toolName)) continue;
    const fits = Object.entries(patterns).map(([field, pattern]) => fit(input[field], pattern));
    if (fits.includes('too long')) return { by: 'failure', reason: 'its input is too long to be checked' };
    if (fits.includes(false)) continue;
    return decision === 'allow' ? 'allow' : { by: 'rule', reason };
  }
  return null;
}

/** What is no text is looked at as JSON; what is not there does not fit. */
function fit(value: unknown, pattern: RegExp): boolean | 'too long' {
  if (value === undefined) return false;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_CHARACTERS ? 'too long' : pattern.test(text);
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('it answered with too much');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
