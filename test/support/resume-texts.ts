import { type HostText } from '../messages-api/index.js';

/** A call that is told as unknown, or as ended and forgotten. */
const CALL = /^- \w+ \{.*\} \(toolu_\w+\)(: (done|failed))?$/gm;
/** What people decided against a call, or instead of it. */
const DECIDED = /^- (.* was refused:|Your questions were answered|Your plan was accepted)/gm;

/**
 * What Steward itself tells the model when a run goes on, for the scripted one (docs/scripted-api.md): each call that it
 * names stands for a reply that is gone from the conversation, where each reply had one call and nothing else.
 */
export const RESUME_TURNS: readonly HostText[] = [
  {
    pattern: /^\[Steward\]/,
    turns: (text) => [...text.matchAll(CALL), ...text.matchAll(DECIDED)].length,
  },
];
