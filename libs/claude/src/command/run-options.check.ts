import { schemaProblems } from './output-schema.js';
import { type AgentDefinition, type RunOptions } from './run-options.types.js';
import { subagentToolProblems, toolProblems } from './tool-options.check.js';

/** One field that is wrong, and why. */
export interface OptionProblem {
  readonly field: string;
  readonly reason: string;
}

/** Together they go over stdin as one line; a bound keeps a typo from becoming a prompt that nobody meant. */
const MAX_AGENTS_BYTES = 256 * 1024;
/** The leading one is a word of the command line, which Linux limits to 128 KiB. */
const MAX_LEADING_BYTES = 100 * 1024;

/**
 * What the CLI would refuse only after it was started, or accept and then silently do something else (PROTOCOL.md §1):
 * all of it is said before a process is touched.
 */
export function optionProblems(options: RunOptions): OptionProblem[] {
  return [
    ...modelProblems(options),
    ...promptProblems(options),
    ...thinkingProblems(options),
    ...toolProblems(options),
    ...agentProblems(options),
    ...outputProblems(options),
  ];
}

function modelProblems({ model, fallbackModel, maxCostUsd }: RunOptions): OptionProblem[] {
  return [
    ...when(fallbackModel !== undefined && fallbackModel === model, 'fallbackModel', 'must be another one than model'),
    ...when(maxCostUsd !== undefined && Number(maxCostUsd) <= 0, 'maxCostUsd', 'must be above 0'),
  ];
}

function promptProblems({ systemPrompt, excludeDynamicSystemPromptSections: exclude }: RunOptions): OptionProblem[] {
  const reason = 'has no effect beside systemPrompt, which has none of these sections';
  return when(exclude === true && systemPrompt !== undefined, 'excludeDynamicSystemPromptSections', reason);
}

function thinkingProblems({ thinking, maxThinkingTokens, thinkingDisplay }: RunOptions): OptionProblem[] {
  const off = thinking === 'disabled';
  const reason = 'contradicts thinking: disabled';
  return [
    ...when(off && maxThinkingTokens !== undefined, 'maxThinkingTokens', reason),
    ...when(off && thinkingDisplay !== undefined, 'thinkingDisplay', reason),
  ];
}

function agentProblems({ agents, agent, systemPrompt }: RunOptions): OptionProblem[] {
  const leader = agents && agent !== undefined && Object.hasOwn(agents, agent) ? agents[agent] : undefined;
  const tools = Object.entries(agents ?? {}).flatMap(([name, definition]: [string, AgentDefinition]) =>
    subagentToolProblems(`agents.${name}.`, definition),
  );
  return [
    ...when(sizeOf(agents) > MAX_AGENTS_BYTES, 'agents', `are larger than ${MAX_AGENTS_BYTES} bytes together`),
    ...tools,
    ...when(agent !== undefined && leader === undefined, 'agent', 'must be the name of one of agents'),
    ...when(sizeOf(leader) > MAX_LEADING_BYTES, 'agent', `must not be larger than ${MAX_LEADING_BYTES} bytes as JSON`),
    ...when(agent !== undefined && systemPrompt !== undefined, 'systemPrompt', 'contradicts agent, which has its own'),
  ];
}

function outputProblems({ outputSchema }: RunOptions): OptionProblem[] {
  const types: readonly unknown[] = [outputSchema?.['type'] ?? 'object'].flat();
  return [
    ...schemaProblems(outputSchema ?? {}).map(({ path, reason }) => ({ field: `outputSchema${path}`, reason })),
    // The model gives its output as the input of a tool, which is an object: nothing else ever fits.
    ...when(types.every(isNoObject), 'outputSchema/type', 'must be object, or have it among its types'),
  ];
}

const isNoObject = (type: unknown): boolean =>
  ['string', 'number', 'integer', 'boolean', 'array', 'null'].includes(type as string);

const sizeOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
const when = (wrong: boolean, field: string, reason: string): OptionProblem[] => (wrong ? [{ field, reason }] : []);
