import { Injectable } from '@nestjs/common';
import { type LogWriter } from '../stream/index.js';
import { type AgentProcess } from '../wrapper/index.js';
import { InputBus } from './input-bus.js';
import { type RunInput, RunInputStore } from './run-input.store.js';
import { RunSteering } from './run-steering.js';
import { type Claim } from './run.store.js';

/** What is said to the agent of one attempt. */
export interface AttemptInputs {
  begin(agent: AgentProcess): RunSteering;
  /** The prompt is given: what has come until now follows. */
  start(steering: RunSteering): void;
  /** Nothing more is heard. */
  leave(): void;
}

/** Lets people speak to the agents of running runs. */
@Injectable()
export class RunInputs {
  constructor(
    private readonly store: RunInputStore,
    private readonly bus: InputBus,
  ) {}

  /** @param missing what an earlier attempt had taken and the conversation does not have */
  of({ run, epoch }: Claim, writer: LogWriter, missing: readonly RunInput[]): AttemptInputs {
    let unlisten = (): void => undefined;
    return {
      begin: (agent) =>
        new RunSteering({
          agent,
          take: () => this.store.take(run.id, epoch),
          tell: async (input) => {
            writer.push('input.accepted', { inputId: input.id, text: input.text });
            await writer.settle();
          },
        }),
      start: (steering) => {
        for (const input of missing) steering.give(input);
        ({ unlisten } = this.bus.listen(run.id, () => steering.look()));
        // One that came before anybody listened; where nothing came, Redis need not be asked.
        if (run.hasInput) steering.look();
      },
      leave: () => unlisten(),
    };
  }
}
