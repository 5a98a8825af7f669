import { choice, integer } from './setting.builders.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** When people are asked, and how long they have. */
export const APPROVAL_SETTINGS = {
  approvals: choice('STEWARD_APPROVALS', ['deny', 'ask'], {
    group: 'Policy',
    initial: 'deny',
    about:
      'Tools that no rule names, questions and plans of an agent, where the request says nothing in `approvals`: denied at once, or asked of people.',
  }),
  approvalTimeoutMs: integer('STEWARD_APPROVAL_TIMEOUT_MS', {
    group: 'Policy',
    initial: DAY,
    min: 1000,
    max: 90 * DAY,
    about: 'How long an approval waits for an answer, in milliseconds, where the request does not say it.',
  }),
  approvalMaxTimeoutMs: integer('STEWARD_APPROVAL_MAX_TIMEOUT_MS', {
    group: 'Policy',
    initial: 30 * DAY,
    min: 1000,
    max: 90 * DAY,
    about: 'Largest `approvalTimeoutMs` that a request may ask for.',
  }),
  approvalHoldMs: integer('STEWARD_APPROVAL_HOLD_MS', {
    group: 'Policy',
    initial: MINUTE,
    min: 0,
    max: DAY,
    about:
      'A run in which nothing happened for so many milliseconds but waiting for people gives its agent process and its place back, until the answer comes.',
  }),
  runMaxInputs: integer('STEWARD_RUN_MAX_INPUTS', {
    group: 'Runs',
    initial: 100,
    min: 1,
    max: 10_000,
    about: 'How often something can be said to one running run.',
  }),
} as const;
