import { DirectiveArguments } from './directive.arguments.js';
import type { Directive } from './directive.parser.js';
import { text, tool } from './reply.blocks.js';
import type { ReplyBlock } from './step.types.js';
import { unescapeText } from './text.escapes.js';

type BlockMaker = (directive: Directive) => ReplyBlock[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function bash(directive: Directive): ReplyBlock[] {
  const args = new DirectiveArguments(directive, ['bg', 'timeout']);
  const input: Record<string, unknown> = { command: args.needText('a command'), description: 'Scripted command' };
  if (args.has('timeout')) input['timeout'] = args.number('timeout', 0);
  if (args.flag('bg')) input['run_in_background'] = true;
  return [tool('Bash', input)];
}

function write(directive: Directive): ReplyBlock[] {
  const args = new DirectiveArguments(directive, []);
  const [path = '', content = ''] = args.fields(['path', 'content']);
  return [tool('Write', { file_path: path.trim(), content: unescapeText(content, args) })];
}

function read(directive: Directive): ReplyBlock[] {
  return [tool('Read', { file_path: new DirectiveArguments(directive, []).needText('a path') })];
}

function edit(directive: Directive): ReplyBlock[] {
  const args = new DirectiveArguments(directive, ['all']);
  const [path = '', before = '', after = ''] = args.fields(['path', 'old', 'new']);
  return [
    tool('Edit', {
      file_path: path.trim(),
      old_string: unescapeText(before, args),
      new_string: unescapeText(after, args),
      ...(args.flag('all') ? { replace_all: true } : {}),
    }),
  ];
}

function anyTool(directive: Directive): ReplyBlock[] {
  const [name, args] = DirectiveArguments.afterWord(directive, []);
  if (!/^[A-Za-z_][\w-]*$/.test(name)) args.fail('needs a tool name and JSON');
  return [tool(name, args.json())];
}

function tools(directive: Directive): ReplyBlock[] {
  const args = new DirectiveArguments(directive, []);
  const calls = args.json();
  if (!Array.isArray(calls) || calls.length === 0)
    return args.fail('needs a JSON array of texts and { "name", "input" }');
  return calls.map((call: unknown) => {
    if (typeof call === 'string') return text(call);
    if (isObject(call) && typeof call['name'] === 'string') return tool(call['name'], call['input'] ?? {});
    return args.fail(`needs { "name", "input" } and not ${JSON.stringify(call)}`);
  });
}

function agent(directive: Directive): ReplyBlock[] {
  const args = new DirectiveArguments(directive, ['bg', 'type', 'description', 'model']);
  return [
    tool('Agent', {
      description: args.string('description') ?? 'Scripted subagent',
      prompt: args.needText('a prompt'),
      subagent_type: args.string('type') ?? 'general-purpose',
      ...(args.has('model') ? { model: args.string('model') } : {}),
      ...(args.flag('bg') ? { run_in_background: true } : {}),
    }),
  ];
}

/** `[[ask Which colour? | Red | Blue]]`, or the tool's whole input as JSON. */
function ask(directive: Directive): ReplyBlock[] {
  const args = new DirectiveArguments(directive, ['multi', 'header']);
  if (args.needText('a question').startsWith('{')) return [tool('AskUserQuestion', args.json())];
  const [question = '', ...labels] = args.text.split('|').map((part) => part.trim());
  const options = (labels.length >= 2 ? labels : ['Yes', 'No']).map((label) => ({
    label,
    description: `Choose ${label}`,
  }));
  const header = args.string('header') ?? 'Choice';
  return [tool('AskUserQuestion', { questions: [{ question, header, multiSelect: args.flag('multi'), options }] })];
}

function structured(directive: Directive): ReplyBlock[] {
  return [tool('StructuredOutput', new DirectiveArguments(directive, []).json())];
}

/** Directives that call tools of the CLI. */
export const TOOL_DIRECTIVES: Record<string, BlockMaker> = {
  bash,
  write,
  read,
  edit,
  tool: anyTool,
  tools,
  agent,
  ask,
  structured,
};
