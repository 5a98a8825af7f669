import { execFileSync } from 'node:child_process';

/** Whether agents in the sandbox `user` see the processes of their own user only here: containers seldom let anybody mount. */
export const HIDES_PROCESSES = execFileSync('python3', ['scripts/claude_wrapper.py', '--check-sandbox'], {
  encoding: 'utf8',
}).includes('"userSeesOwnProcessesOnly":true');
