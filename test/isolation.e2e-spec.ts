import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { HIDES_PROCESSES } from './support/hiding.js';
import { processesWithMark } from './support/processes.js';
import { ServerProcess } from './support/server.process.js';
import { agentCounts, startedAs } from './support/warm.js';

const ROOT = process.geteuid?.() === 0;
const SECRET = 'marzipan-7731';

/** Session A has written secrets everywhere and its process waits; B's agent looks for them by Bash. */
describe.runIf(ROOT).each(['user', 'auto'])('a session in the sandbox %s', (sandbox) => {
  let api: MessagesApi;
  let server: ServerProcess;
  let place: string;
  let pids: number[];

  beforeAll(async () => {
    api = await startMessagesApi();
    server = await ServerProcess.start({ modelUrl: api.url, env: { STEWARD_SANDBOX: sandbox }, spares: true });
    const writes = [
      `echo ${SECRET} > file.txt; chmod -R 777 . 2>/dev/null`,
      `echo ${SECRET} > $TMPDIR/tmp.txt; chmod 777 $TMPDIR/tmp.txt`,
      `echo ${SECRET} > $HOME/.notes; chmod 777 $HOME/.notes; pwd`,
    ].join('; ');
    const first = await server.client().execute({ prompt: `${SECRET} [[bash ${writes}]] [[result]]` });
    place = /sessions\/([0-9a-f-]{36})/.exec(first.result?.text ?? '')?.[1] ?? '';
    expect(readdirSync(join(server.dataDir, 'sessions'))).toContain(place);
    await vi.waitFor(async () => expect((await agentCounts(server)).hot).toBe(1), { timeout: 15_000 });
    pids = await processesWithMark(`${server.dataDir}#${place}`);
    expect(pids.length).toBeGreaterThan(0);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await api.close();
  });

  let other: string | undefined;

  /** What B's agent sees of it; its process is a spare or a new one, and then waits for the next look. */
  async function look(command: string): Promise<string> {
    const prompt = `[[bash ${command}; echo looked]] [[result]]`;
    const run = await server.client().execute(other === undefined ? { prompt } : { prompt, sessionId: other });
    expect(run.error).toBeNull();
    if (other === undefined) expect(['spare', 'new']).toContain(await startedAs(server, run.id));
    other = run.sessionId;
    expect(run.result?.text).toContain('looked');
    return run.result?.text ?? '';
  }
  const root = () => join(server.dataDir, 'sessions', place);

  it.each([
    ['the workspace', () => `cat ${root()}/workspace/file.txt; ls ${root()}/workspace`],
    ['its HOME and temporary files', () => `cat ${root()}/home/.notes ${root()}/tmp/tmp.txt; ls ${root()}/home`],
    ['transcripts', () => `grep -r ${SECRET.slice(0, 8)} ${root()}/config; ls ${root()}/config/projects`],
    ['the registry of peers', () => `cat ${root()}/config/sessions/*.json; ls ${root()}/config/sessions`],
    ['the list of sessions', () => `ls ${server.dataDir}/sessions ${server.dataDir}`],
  ])('cannot read %s of another', async (_what, command) => {
    const seen = await look(command());
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toMatch(/file\.txt$|\.jsonl|peerProtocol/m);
    expect(seen).not.toContain(`${place}\n`);
  });

  it('cannot write where another works, nor put links there', async () => {
    const seen = await look(
      `echo x > ${root()}/workspace/file.txt; ln -s /etc ${root()}/workspace/etc; mkdir ${root()}/x`,
    );
    expect(seen).toMatch(/denied|No such file/);
    expect(readdirSync(join(root(), 'workspace'))).toEqual(['file.txt']);
  });

  it('cannot read environment and memory of another’s processes, nor signal them', async () => {
    const tries = pids.map(
      (pid) => `cat /proc/${pid}/environ | tr "\\0" "\\n"; head -c 10 /proc/${pid}/mem; kill -9 ${pid}`,
    );
    const seen = await look(tries.join('; '));
    expect(seen).not.toMatch(/STEWARD_MARK|ANTHROPIC/);
    expect(seen).toMatch(/denied|not permitted|No such/);
    expect(await processesWithMark(`${server.dataDir}#${place}`)).toEqual(expect.arrayContaining(pids));
  });

  it.runIf(HIDES_PROCESSES)('cannot see them, nor what they were started with', async () => {
    const tries = pids.map((pid) => `ls -d /proc/${pid} 2>&1; tr "\\0" " " < /proc/${pid}/cmdline`);
    const seen = await look([...tries, 'ps -ef 2>/dev/null', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'].join('; '));
    expect(seen).not.toContain(place);
    // Its own it sees.
    expect(seen).toMatch(/claude/);
  });

  it('cannot read conversations, nor do anything, by the API of a server that asks for no key', async () => {
    const { port } = new URL(server.url);
    const call = (path: string, more = '') =>
      `curl -s -m 5 ${more} http://127.0.0.1:${port}${path}; curl -s -m 5 ${more} http://localhost:${port}${path}`;
    const { data } = await server.client().sessions();
    const tries = data.map(
      ({ id }) =>
        `${call(`/api/v1/claude/sessions/${id}/messages`)}; ${call(`/api/v1/claude/sessions/${id}`, '-X DELETE')}`,
    );
    // Said and gone, before anybody can ask who it was.
    const blind = `for n in 1 2 3; do (printf 'DELETE /api/v1/claude/sessions/${data[0]!.id} HTTP/1.1\\r\\nhost: 127.0.0.1\\r\\n\\r\\n' > /dev/tcp/127.0.0.1/${port}); done`;
    const seen = await look([call('/api/v1/claude/sessions'), call('/metrics'), ...tries, blind].join('; '));
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toMatch(/"data"|steward_/);
    const after = await server.client().sessions();
    expect(after.data.map(({ id }) => id)).toEqual(expect.arrayContaining(data.map(({ id }) => id)));
  });

  it('sees no other session in its own registry of peers', async () => {
    const seen = await look(
      'ls $CLAUDE_CONFIG_DIR/sessions 2>/dev/null | wc -l; cat $CLAUDE_CONFIG_DIR/sessions/*.json',
    );
    expect(seen).not.toContain(place);
    expect(Number(/^\d+/m.exec(seen)?.[0] ?? 0)).toBeLessThanOrEqual(1);
  });

  it('finds none of it by looking through what it can reach', async () => {
    const seen = await look(
      `grep -rs --include=*.txt --include=*.jsonl ${SECRET.slice(0, 8)} ${server.dataDir} /tmp 2>/dev/null | grep -v ${SECRET}x | head -3; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep ${place}`,
    );
    expect(seen).not.toContain(SECRET);
    expect(seen).not.toContain(`#${place}`);
  });
});
