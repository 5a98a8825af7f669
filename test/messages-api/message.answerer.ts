import type { ServerResponse } from 'node:http';
import type { Journal, JournalEntry } from './journal.store.js';
import { auxiliaryReply } from './request/auxiliary.replies.js';
import { readConversation } from './request/conversation.reader.js';
import type { ReadRequest } from './request/request.reader.js';
import type { HostText } from './request/synthetic.text.js';
import { scriptOf, type DefaultScript } from './script/default.script.js';
import { compileScript, plainStep } from './script/script.compiler.js';
import { chooseStep, FaultCounters, sessionOf } from './script/step.chooser.js';
import type { Reply, StepFrame } from './script/step.types.js';
import { WeatherRule, type Weather } from './script/weather.rule.js';
import { newId } from './wire/block.encoder.js';
import type { Exchange } from './wire/exchange.types.js';
import { playFailure } from './wire/fault.player.js';
import { playMessage } from './wire/message.player.js';
import { rest } from './wire/pace.timer.js';
import { StreamPlayer } from './wire/stream.player.js';

const PROMPT_CHARS = 2_000;
/** Larger bodies are not kept in the journal. */
const KEPT_BODY_BYTES = 1_000_000;

/** Answers one call of `POST /v1/messages` as its prompt tells. */
export class MessageAnswerer {
  private readonly counters = new FaultCounters();
  private weather: WeatherRule | undefined;

  constructor(
    private readonly journal: Journal,
    private fallback: DefaultScript | undefined,
    private readonly hostTexts: readonly HostText[],
  ) {}

  setDefault(script: DefaultScript | undefined): void {
    this.fallback = script;
  }

  /** Lets requests fail whatever their prompts say; undefined ends it. */
  setWeather(weather: Weather | undefined): void {
    this.weather = weather === undefined ? undefined : new WeatherRule(weather);
  }

  reset(): void {
    this.counters.clear();
    this.weather = undefined;
  }

  async answer(
    { body, bytes }: ReadRequest,
    response: ServerResponse,
    entry: JournalEntry,
    signal: AbortSignal,
  ): Promise<void> {
    const conversation = readConversation(body, this.hostTexts);
    Object.assign(entry, {
      ...(bytes <= KEPT_BODY_BYTES ? { body } : {}),
      model: body.model,
      stream: body.stream === true,
      session: sessionOf(entry.headers['x-claude-code-session-id'], body),
      prompt: conversation.prompt.slice(0, PROMPT_CHARS),
    });
    const declare: Exchange['declare'] = (usage) => this.journal.declare(entry, usage);
    const exchange: Exchange = { body, response, entry, signal, requestId: newId('req'), declare };

    const auxiliary = auxiliaryReply(body, conversation);
    if (auxiliary !== undefined) {
      entry.kind = `auxiliary:${auxiliary.kind}`;
      return play(exchange, plainStep(auxiliary.reply), auxiliary.reply);
    }
    const own = compileScript(conversation.prompt);
    const script = own ?? scriptOf(this.fallback, conversation);
    const struck = this.weather?.strike();
    if (struck !== undefined) {
      Object.assign(entry, { kind: 'weather', step: struck.source });
      return playFailure(exchange, plainStep({ blocks: [] }), struck.failure);
    }
    const { step, index, fault } = chooseStep(script, conversation, entry.session, this.counters);
    entry.stepIndex = index;
    entry.step = fault?.source ?? step.source;
    entry.kind =
      fault !== undefined ? 'fault' : own === undefined ? 'default' : step === own.closing ? 'closing' : 'step';
    await rest(step.slowMs, signal);
    if (fault !== undefined) return playFailure(exchange, step, fault.failure);
    return play(exchange, step, step.reply(conversation));
  }
}

async function play(exchange: Exchange, frame: StepFrame, reply: Reply): Promise<void> {
  if (exchange.body.stream !== true) return playMessage(exchange, frame, reply);
  await new StreamPlayer(exchange, frame, reply.splitBytes).play(reply);
}
