import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tuningVariables } from '../libs/claude/src/command/index.js';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { send } from './support/http.js';
import { ServerProcess } from './support/server.process.js';

const NAMES = [...Object.keys(tuningVariables(false)), 'BASH_ENV'];
const CLI = resolve(`node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`);

let api: MessagesApi;
let folder: string;
beforeAll(async () => {
  api = await startMessagesApi();
  folder = mkdtempSync(join(tmpdir(), 'steward-tuning-'));
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const start = (env: Record<string, string> = {}) => ServerProcess.start({ modelUrl: api.url, env });

/** What a command of the agent has of it, and the CLI of the session, which waits then. */
async function seen(server: ServerProcess): Promise<{ command: string; cli: string }> {
  const run = await server.client().execute({ prompt: '[[bash env; echo looked]] [[result]]' });
  expect(run.error).toBeNull();
  expect(run.result?.text).toContain('looked');
  const environments = (await server.agentProcesses()).map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8'));
  const cli = environments.find((text) => text.includes('CLAUDE_CONFIG_DIR='));
  expect(cli).toBeDefined();
  return { command: run.result?.text ?? '', cli: cli ?? '' };
}

const tuned = async (server: ServerProcess) =>
  (JSON.parse((await send(server.url, '/api/v1/claude/health')).text) as { cli: { tuned: boolean } }).cli.tuned;

it('reaches the CLI and no command of its agent, which cannot change that either', async () => {
  await using server = await start();
  expect(await tuned(server)).toBe(true);
  const { command, cli } = await seen(server);
  expect(cli).toContain('BUN_JSC_useFTLJIT=0\0');
  for (const name of NAMES) expect(command).not.toContain(`${name}=`);
  const setup = `${server.dataDir}/shell-setup.sh`;
  const before = readFileSync(setup, 'utf8');
  if (process.geteuid?.() === 0) {
    const run = await server
      .client()
      .execute({ prompt: `[[bash cat ${setup}; echo x >> ${setup}; rm -f ${setup}]] [[result]]` });
    expect(run.result?.text).toContain('unset BASH_ENV');
    expect(run.result?.text).toMatch(/denied|Read-only/);
  }
  expect(readFileSync(setup, 'utf8')).toBe(before);
});

it('a setup file that is gone or says something else is mended before the next process', async () => {
  await using server = await start({ STEWARD_HOT_PROCESSES: '0' });
  const setup = `${server.dataDir}/shell-setup.sh`;
  for (const harm of [() => rmSync(setup), () => writeFileSync(setup, 'echo other\n')]) {
    await server.client().execute({ prompt: '[[say x]]' });
    harm();
    const run = await server.client().execute({ prompt: '[[bash env; echo looked]] [[result]]' });
    expect(run.result?.text).toContain('looked');
    expect(run.result?.text).not.toMatch(/BUN_JSC|BASH_ENV|^other/m);
  }
});

it('is left out where it is not wanted', async () => {
  await using server = await start({ STEWARD_CLI_TUNING: 'off' });
  expect(await tuned(server)).toBe(false);
  const { cli } = await seen(server);
  for (const name of NAMES) expect(cli).not.toContain(`${name}=`);
});

const REFUSES = '[ -z "$BUN_JSC_useFTLJIT" ] || exit 1; ';

/** A CLI that is a script, which becomes the real one. */
function script(name: string, shell: string, before = ''): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/${shell}\n${before}exec ${CLI} "$@"\n`, { mode: 0o755 });
  return path;
}

it('is left out for a CLI that would not start with it', async () => {
  await using server = await start({ CLAUDE_CLI_PATH: script('refuses', 'sh', REFUSES), STEWARD_SANDBOX: 'none' });
  expect(await tuned(server)).toBe(false);
  const { cli } = await seen(server);
  expect(cli).not.toContain('BUN_JSC');
});

it('reaches a CLI through a script of bash; one that refuses it and takes its place is started without', async () => {
  const path = script('passes', 'bash');
  await using server = await start({ CLAUDE_CLI_PATH: path, STEWARD_SANDBOX: 'none' });
  expect(await tuned(server)).toBe(true);
  const { command, cli } = await seen(server);
  expect(cli).toContain('BUN_JSC_useFTLJIT=0\0');
  expect(command).not.toContain('BUN_JSC');
  renameSync(script('next', 'sh', REFUSES), path);
  const run = await server.client().execute({ prompt: '[[say after]]' });
  expect(run).toMatchObject({ error: null, result: { text: 'after' } });
  expect(await tuned(server)).toBe(false);
});
