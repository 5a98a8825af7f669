import type { Usage } from '../wire/api.types.js';
import { DirectiveArguments } from './directive.arguments.js';
import type { Directive } from './directive.parser.js';
import type { StepFrame } from './step.types.js';

type FrameChange = (frame: StepFrame, directive: Directive) => void;

function slow(frame: StepFrame, directive: Directive): void {
  const args = new DirectiveArguments(directive, ['first']);
  args.needNoText();
  frame.slowMs += args.number('first', 1_000);
}

function header(frame: StepFrame, directive: Directive): void {
  const args = new DirectiveArguments(directive, []);
  const [, name, value] = /^([\w-]+):\s*([\x20-\x7e]*)$/.exec(args.text) ?? args.fail('needs "name: value"');
  frame.headers[name!.toLowerCase()] = value!;
}

function gzip(frame: StepFrame, directive: Directive): void {
  new DirectiveArguments(directive, []).needNoText();
  frame.gzip = true;
}

/** Directives that change how the next step is answered. */
export const FRAME_DIRECTIVES: Record<string, FrameChange> = { slow, header, gzip };

const FIELDS: [option: string, field: keyof Usage][] = [
  ['in', 'input_tokens'],
  ['out', 'output_tokens'],
  ['cache-read', 'cache_read_input_tokens'],
  ['cache-write', 'cache_creation_input_tokens'],
];

/** `[[usage in=100 out=50]]`: the figures of this and all following steps. */
export function usageOf(directive: Directive): Partial<Usage> {
  const args = new DirectiveArguments(
    directive,
    FIELDS.map(([option]) => option),
  );
  args.needNoText();
  const given = FIELDS.filter(([option]) => args.has(option));
  return Object.fromEntries(given.map(([option, field]) => [field, args.number(option, 0)]));
}
