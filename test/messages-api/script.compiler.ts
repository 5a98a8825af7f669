import type { Usage } from './api.types.js';
import { DirectiveArguments } from './directive.arguments.js';
import { DirectiveError } from './directive.error.js';
import { parseDirectives, type Directive } from './directive.parser.js';
import { faultOf, isFault } from './fault.directives.js';
import { RECALL_DIRECTIVES } from './recall.directives.js';
import { reply, text } from './reply.blocks.js';
import type { Reply, ReplyBlock, Script, Step } from './step.types.js';
import { TEXT_DIRECTIVES } from './text.directives.js';
import { TOOL_DIRECTIVES } from './tool.directives.js';

type StepExtras = Omit<Step, 'source' | 'reply'>;

const CLOSING = reply(text('Done.'));

/** The script in a prompt, or undefined when it holds no directive. */
export function compileScript(prompt: string): Script | undefined {
  const directives = parseDirectives(prompt);
  if (directives.length === 0) return undefined;
  const steps: Step[] = [];
  let usage: Partial<Usage> = {};
  let extras = fresh(usage);
  for (const directive of directives) {
    if (isFault(directive)) extras.faults.push(faultOf(directive));
    else if (directive.name === 'usage') extras.usage = usage = { ...usage, ...usageOf(directive) };
    else if (!modify(extras, directive)) {
      steps.push({ ...extras, source: directive.source, reply: replyOf(directive) });
      extras = fresh(usage);
    }
  }
  return { steps, closing: { ...extras, source: '', reply: () => CLOSING } };
}

/** A step without a script around it. */
export const plainStep = (reply: Reply): Step => ({ ...fresh({}), source: '', reply: () => reply });

const fresh = (usage: Partial<Usage>): StepExtras => ({ faults: [], slowMs: 0, headers: {}, usage, gzip: false });

/** Directives that change how the next step is played. */
function modify(extras: StepExtras, directive: Directive): boolean {
  if (directive.name === 'slow') {
    const args = new DirectiveArguments(directive, ['first']);
    args.needNoText();
    extras.slowMs += args.number('first', 1_000);
  } else if (directive.name === 'header') {
    const args = new DirectiveArguments(directive, []);
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(args.text) ?? args.fail('needs "name: value"');
    extras.headers[name!.toLowerCase()] = value!;
  } else if (directive.name === 'gzip') {
    new DirectiveArguments(directive, []).needNoText();
    extras.gzip = true;
  } else return false;
  return true;
}

function usageOf(directive: Directive): Partial<Usage> {
  const args = new DirectiveArguments(directive, ['in', 'out', 'cache-read', 'cache-write']);
  args.needNoText();
  const usage: Partial<Usage> = {};
  if (args.has('in')) usage.input_tokens = args.number('in', 0);
  if (args.has('out')) usage.output_tokens = args.number('out', 0);
  if (args.has('cache-read')) usage.cache_read_input_tokens = args.number('cache-read', 0);
  if (args.has('cache-write')) usage.cache_creation_input_tokens = args.number('cache-write', 0);
  return usage;
}

function replyOf(directive: Directive): Step['reply'] {
  const { name } = directive;
  if (name === 'reply') return together(directive);
  if (Object.hasOwn(RECALL_DIRECTIVES, name)) return RECALL_DIRECTIVES[name]!(directive);
  const made = fixedReply(directive);
  if (made === undefined) throw new DirectiveError(`unknown directive [[${name}]]`);
  return () => made;
}

function fixedReply(directive: Directive): Reply | undefined {
  const { name } = directive;
  if (Object.hasOwn(TOOL_DIRECTIVES, name)) return reply(...TOOL_DIRECTIVES[name]!(directive));
  if (Object.hasOwn(TEXT_DIRECTIVES, name)) return TEXT_DIRECTIVES[name]!(directive);
  return undefined;
}

/** `[[reply [[think]] [[say …]] [[bash …]]]]`: several directives as the blocks of one reply. */
function together(directive: Directive): Step['reply'] {
  const args = new DirectiveArguments(directive, []);
  const inner = parseDirectives(args.needText('directives'));
  const made = inner.map((each) => fixedReply(each) ?? args.fail(`cannot hold [[${each.name}]]`));
  const blocks = made.flatMap((each, index) =>
    inner[index]!.name === 'think' ? each.blocks.slice(0, 1) : each.blocks,
  );
  const merged: Reply = Object.assign({}, ...made, { blocks: blocks satisfies ReplyBlock[] });
  return () => merged;
}
