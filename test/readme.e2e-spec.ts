import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const run = promisify(execFile);
const README = readFileSync('README.md', 'utf8');

/** The first fenced block of a language that holds a text. */
function block(language: string, holding: string): string {
  const blocks = [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, name, code]) => ({ name, code: code! }));
  const found = blocks.find(({ name, code }) => name === language && code.includes(holding));
  if (!found) throw new Error(`README.md has no ${language} block with ${holding}`);
  return found.code;
}

/** What a newcomer copies from the README, run as it stands there; only the port is another. */
describe('the README', () => {
  let server: ServerProcess;
  let folder: string;

  withServer({ model: { script: 'demo' } }, (standing) => ({ server } = standing));
  beforeAll(async () => {
    // Inside the project, where the two packages of the examples are installed.
    folder = mkdtempSync(join(process.cwd(), '.cache', 'readme-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const here = (code: string) => code.replaceAll('http://127.0.0.1:8080', server.url);
  async function runNode(code: string): Promise<string> {
    const file = join(folder, 'example.mjs');
    writeFileSync(file, here(code));
    return (await run(process.execPath, [file], { timeout: 60_000 })).stdout;
  }

  it('curl: submit, then follow to the end', async () => {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here(block('sh', '/execute/async'))], {
      timeout: 60_000,
    });
    expect(stdout).toContain('event: text.delta');
    expect(stdout).toContain('event: tool.finished');
    expect(stdout.trimEnd().split('\n\n').at(-1)).toMatch(/^id: \d+\nevent: run\.completed\ndata: \{/);
  });

  it('curl: wait for the whole run', async () => {
    const command = /`(curl -s \$API\/execute .*?)`/.exec(README)?.[1] ?? '';
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', `API=${server.url}/api/v1/claude\n${command}`], {
      timeout: 60_000,
    });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'completed' });
  });

  it('EventSource: the text as it is written', async () => {
    const text = await runNode(block('js', 'EventSource'));
    const [newest] = (await server.client().runs({ limit: 1 })).data;
    expect(newest?.result?.text).toBeTruthy();
    expect(text).toContain(newest?.result?.text);
  });

  it('Socket.IO: the text, then what it cost', async () => {
    const text = await runNode(block('js', 'socket.io-client'));
    const [newest] = (await server.client().runs({ limit: 1 })).data;
    expect(text).toContain(newest?.result?.text);
    expect(text).toContain(`${newest?.costUsd} USD`);
  });
});
