import type { Usage } from '../wire/api.types.js';
import { DirectiveArguments } from './directive.arguments.js';
import { parseDirectives, type Directive } from './directive.parser.js';
import { FAULT_NAMES, faultOf, isFault } from './fault.directives.js';
import { FRAME_DIRECTIVES, usageOf } from './frame.directives.js';
import { reply, text } from './reply.blocks.js';
import { joinParts, PART_NAMES, partOf, type ReplyPart } from './reply.parts.js';
import type { Reply, Script, Step, StepFrame } from './step.types.js';

/** Every directive there is. */
export const DIRECTIVE_NAMES: readonly string[] = [
  ...PART_NAMES,
  ...FAULT_NAMES,
  ...Object.keys(FRAME_DIRECTIVES),
  'usage',
  'end',
];

const CLOSING = reply(text('Done.'));

/** The script in a prompt, or undefined when it holds no directive. */
export function compileScript(prompt: string): Script | undefined {
  const directives = parseDirectives(prompt);
  if (directives.length === 0) return undefined;
  const draft = new Draft();
  for (const directive of directives) {
    if (directive.name === 'usage') draft.use(usageOf(directive));
    else if (directive.name === 'end') end(draft, directive);
    else if (isFault(directive)) draft.frameOfNext().faults.push(faultOf(directive));
    else if (Object.hasOwn(FRAME_DIRECTIVES, directive.name))
      FRAME_DIRECTIVES[directive.name]!(draft.frameOfNext(), directive);
    else draft.add(partOf(directive));
  }
  return draft.finish();
}

function end(draft: Draft, directive: Directive): void {
  new DirectiveArguments(directive, []).needNoText();
  draft.endStep();
}

/** A step without a script around it. */
export const plainStep = (value: Reply): Step => ({ ...newFrame({}), source: '', reply: () => value });

const newFrame = (usage: Partial<Usage>): StepFrame => ({ faults: [], slowMs: 0, headers: {}, usage, gzip: false });

/** Gathers parts into steps: a reply ends with a tool call, or with a text that no tool call follows. */
class Draft {
  private readonly steps: Step[] = [];
  private parts: ReplyPart[] = [];
  private usage: Partial<Usage> = {};
  private frame = newFrame({});

  use(usage: Partial<Usage>): void {
    this.usage = { ...this.usage, ...usage };
    this.frameOfNext().usage = this.usage;
  }

  /** What fails or changes a reply stands before it, so an open one ends here. */
  frameOfNext(): StepFrame {
    this.endStep();
    return this.frame;
  }

  add(part: ReplyPart): void {
    if (part.role !== 'tool' && this.parts.some(({ role }) => role === 'text')) this.endStep();
    this.parts.push(part);
    if (part.role === 'tool' || part.role === 'whole') this.endStep();
  }

  endStep(): void {
    if (this.parts.length === 0) return;
    const source = this.parts.map((part) => part.source).join(' ');
    this.steps.push({ ...this.frame, source, reply: joinParts(this.parts) });
    this.parts = [];
    this.frame = newFrame(this.usage);
  }

  finish(): Script {
    this.endStep();
    return { steps: this.steps, closing: { ...this.frame, source: '', reply: () => CLOSING } };
  }
}
