import { type CliProfile } from './cli-profile.types.js';
import { type HookCallbacks } from './hooks.js';

/**
 * The first control request, which fixes the rest of the profile (PROTOCOL.md §3.3). Sent over stdin, so that texts of
 * a caller may be long and are nobody else's to read.
 */
export function buildInitialize(profile: CliProfile, hooks: HookCallbacks): Record<string, unknown> {
  return {
    subtype: 'initialize',
    ...given('systemPrompt', profile.systemPrompt === null ? null : [profile.systemPrompt]),
    ...given('appendSystemPrompt', profile.appendSystemPrompt),
    ...given('jsonSchema', profile.outputSchema),
    ...given('agents', profile.agents),
    ...(profile.excludeDynamicSections ? { excludeDynamicSections: true } : {}),
    ...(Object.keys(hooks).length > 0 ? { hooks } : {}),
    // Without it what a subagent says and thinks is not printed, and a reader could not draw its branch.
    forwardSubagentText: true,
  };
}

const given = (name: string, value: unknown): Record<string, unknown> => (value === null ? {} : { [name]: value });
