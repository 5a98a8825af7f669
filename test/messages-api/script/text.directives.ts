import { DirectiveArguments } from './directive.arguments.js';
import type { Directive } from './directive.parser.js';
import { reply, text, thinking } from './reply.blocks.js';
import type { Reply } from './step.types.js';
import { unescapeText } from './text.escapes.js';
import { bigChunks, numberedWords } from './text.source.js';

const split = (args: DirectiveArguments): Pick<Reply, 'splitBytes'> =>
  args.has('split') ? { splitBytes: args.number('split', 0) } : {};

type ReplyMaker = (directive: Directive) => Reply;

function words(directive: Directive): Reply {
  const args = new DirectiveArguments(directive, ['n', 'delay', 'size', 'split']);
  args.needNoText();
  const [count, size, delayMs] = [args.number('n', 5), args.number('size', 0), args.number('delay', 0)];
  return {
    blocks: [{ type: 'text', chunks: () => numberedWords(count, size), delayMs }],
    ...split(args),
  };
}

function say(directive: Directive): Reply {
  const args = new DirectiveArguments(directive, ['chunk', 'delay', 'split']);
  const value = unescapeText(args.needText('a text'), args);
  return {
    blocks: [text(value, { chunk: args.number('chunk', 12), delayMs: args.number('delay', 0) })],
    ...split(args),
  };
}

function think(directive: Directive): Reply {
  const args = new DirectiveArguments(directive, ['n', 'delay']);
  const delayMs = args.number('delay', 0);
  if (args.text !== '') return reply(thinking(unescapeText(args.text, args), { delayMs }));
  const count = args.number('n', 3);
  return reply({ type: 'thinking', chunks: () => thoughts(count), delayMs });
}

const thoughts = (count: number): string[] => Array.from({ length: count }, (_, i) => `thought ${i + 1}. `);

/** `[[pause 2000 ping=500]]`: the stream is silent that long, apart from pings. */
function pause(directive: Directive): Reply {
  const [ms, args] = DirectiveArguments.afterWord(directive, ['ping']);
  if (!/^\d+$/.test(ms)) args.fail('needs a number of milliseconds');
  args.needNoText();
  return reply({ type: 'pause', delayMs: Number(ms), pingMs: args.number('ping', 0) });
}

function big(directive: Directive): Reply {
  const args = new DirectiveArguments(directive, ['bytes', 'chunk', 'delay']);
  args.needNoText();
  const [bytes, chunk] = [args.number('bytes', 20_000_000), args.number('chunk', 4_000)];
  if (chunk < 1) args.fail('needs a chunk of at least one byte');
  const delayMs = args.number('delay', 0);
  return { blocks: [{ type: 'text', chunks: () => bigChunks(bytes, chunk), delayMs }] };
}

function empty(directive: Directive): Reply {
  new DirectiveArguments(directive, []).needNoText();
  return { blocks: [] };
}

function stop(directive: Directive): Reply {
  const [reason, args] = DirectiveArguments.afterWord(directive, ['category', 'explanation']);
  if (!/^[a-z_]+$/.test(reason)) args.fail('needs a stop reason');
  const blocks = [text(args.text === '' ? `This reply stops with ${reason}.` : unescapeText(args.text, args))];
  if (reason !== 'refusal') return { blocks, stop: reason };
  const details = {
    type: 'refusal',
    category: args.string('category') ?? null,
    explanation: args.string('explanation') ?? null,
  };
  return { blocks: args.text === '' ? [] : blocks, stop: reason, stopDetails: details };
}

/** Directives that answer with text. */
export const TEXT_DIRECTIVES: Record<string, ReplyMaker> = { text: words, say, think, pause, big, empty, stop };
