import { DirectiveArguments } from './directive.arguments.js';
import type { Directive } from './directive.parser.js';
import { errorMessage, errorType, statusOf } from './error.table.js';
import type { Failure, Fault, MalformedKind } from './step.types.js';

type FailureMaker = (directive: Directive) => { failure: Failure; args: DirectiveArguments };

const MALFORMED: readonly MalformedKind[] = ['json', 'order', 'early', 'html'];
const COUNTED = ['times', 'key'];

function error(directive: Directive): { failure: Failure; args: DirectiveArguments } {
  const options = ['retry-after', 'should-retry', 'type', 'message', 'html', ...COUNTED];
  const [word, args] = DirectiveArguments.afterWord(directive, options);
  const status = Number(word);
  if (!Number.isInteger(status) || status < 400 || status > 599) args.fail('needs a status from 400 to 599');
  const headers: Record<string, string> = {};
  if (args.has('retry-after')) headers['retry-after'] = args.string('retry-after') ?? '';
  if (args.has('should-retry')) headers['x-should-retry'] = args.string('should-retry') ?? '';
  const type = args.string('type') ?? errorType(status);
  const message =
    [args.string('message') ?? '', args.text].filter((part) => part !== '').join(' ') || errorMessage(status);
  const html = args.has('html') ? args.flag('html') : status === 502;
  return { failure: { what: 'error', status, errorType: type, message, headers, html }, args };
}

function hang(directive: Directive): { failure: Failure; args: DirectiveArguments } {
  const [where, args] = DirectiveArguments.afterWord(directive, ['after', 'ping', 'for', ...COUNTED]);
  if (where !== 'headers' && where !== 'stream') args.fail('needs "headers" or "stream"');
  args.needNoText();
  const failure: Failure = {
    what: 'hang',
    where: where as 'headers' | 'stream',
    after: args.number('after', 0),
    pingMs: args.number('ping', 0),
    forMs: args.number('for', Infinity),
  };
  return { failure, args };
}

function cut(directive: Directive): { failure: Failure; args: DirectiveArguments } {
  const args = new DirectiveArguments(directive, ['after', 'delay', 'reset', ...COUNTED]);
  args.needNoText();
  const failure: Failure = {
    what: 'cut',
    after: args.number('after', 3),
    delayMs: args.number('delay', 0),
    reset: args.flag('reset'),
  };
  return { failure, args };
}

function malformed(directive: Directive): { failure: Failure; args: DirectiveArguments } {
  const args = new DirectiveArguments(directive, ['after', 'how', ...COUNTED]);
  args.needNoText();
  const how =
    MALFORMED.find((kind) => kind === (args.string('how') ?? 'json')) ?? args.fail(`needs how=${MALFORMED.join('|')}`);
  return { failure: { what: 'malformed', after: args.number('after', 1), how }, args };
}

function sseError(directive: Directive): { failure: Failure; args: DirectiveArguments } {
  const [type, args] = DirectiveArguments.afterWord(directive, ['after', 'message', ...COUNTED]);
  const status = statusOf(type);
  if (status === undefined) args.fail(`does not know the error type "${type}"`);
  const message = [args.string('message') ?? '', args.text].filter((part) => part !== '').join(' ');
  const failure: Failure = {
    what: 'sse-error',
    after: args.number('after', 1),
    errorType: type,
    message: message || errorMessage(status ?? 500),
  };
  return { failure, args };
}

const MAKERS: Record<string, FailureMaker> = { error, hang, cut, malformed, 'sse-error': sseError };

export const FAULT_NAMES: readonly string[] = Object.keys(MAKERS);

export const isFault = (directive: Directive): boolean => Object.hasOwn(MAKERS, directive.name);

/** Directives that fail instead of answering. */
export function faultOf(directive: Directive): Fault {
  const { failure, args } = MAKERS[directive.name]!(directive);
  const key = args.string('key');
  return {
    failure,
    times: args.number('times', Infinity),
    ...(key === undefined ? {} : { key }),
    source: directive.source,
  };
}
