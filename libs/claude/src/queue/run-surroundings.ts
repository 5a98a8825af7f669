import { Injectable } from '@nestjs/common';
import { type ContentBlock } from '../command/index.js';
import { type ForeignAnswer, SessionAnswersStore, SessionMcpStore, SessionSnapshots } from '../session/index.js';
import { AttachmentStore } from './attachment.store.js';
import { type RunRecord } from './run.types.js';
import { type AskVeto, ToolPolicy } from './tool-policy.js';

/** What is around the conversation of one run. */
export interface Surroundings {
  readonly snapshots: SessionSnapshots;
  readonly mcp: SessionMcpStore;
  /** The operator's word about a tool call; null when it may run. */
  readonly veto: AskVeto;
  /** What was answered in the session without its CLI. */
  readonly foreign: () => Promise<readonly ForeignAnswer[]>;
  /** The CLI knows of these now. */
  readonly knows: (answers: readonly ForeignAnswer[]) => Promise<void>;
  /** What goes to the model with the prompt. */
  readonly attachments: () => Promise<readonly ContentBlock[]>;
}

@Injectable()
export class RunSurroundings {
  constructor(
    private readonly snapshots: SessionSnapshots,
    private readonly mcp: SessionMcpStore,
    private readonly policy: ToolPolicy,
    private readonly attachments: AttachmentStore,
    private readonly answers: SessionAnswersStore,
  ) {}

  of(run: RunRecord): Surroundings {
    return {
      snapshots: this.snapshots,
      mcp: this.mcp,
      veto: (call, signal) => this.policy.veto(call, run, signal),
      foreign: () => (run.hasForeign ? this.answers.list(run.sessionId) : Promise.resolve([])),
      knows: (answers) => this.answers.remove(run.sessionId, answers),
      attachments: () => this.attachments.blocks(run.id, run.request),
    };
  }
}
