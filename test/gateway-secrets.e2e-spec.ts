import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from './messages-api/index.js';
import { fingerprint } from './messages-api/request/kept.headers.js';
import { collect } from './support/collect.js';
import { send } from './support/http.js';
import { HIDES_PROCESSES } from './support/hiding.js';
import { ServerProcess } from './support/server.process.js';

const ROOT = process.getuid?.() === 0;
const IN_FILE = 'sk-ant-MARKER-in-a-file-0123456789';
const IN_ENVIRONMENT = 'stw-MARKER-bearer-0123456789abcdef';

/** Says of each way into another process whether it is open: its memory by two of them, and what it was started with. */
const BREAK_IN = `
import ctypes, os, sys
pid = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
print("uid", os.getuid() == 0)
for name in ("mem", "environ", "maps", "fd/0"):
    try:
        open("/proc/%s/%s" % (pid, name), "rb").read(1)
        print(name, "open")
    except OSError as error:
        print(name, {1: "closed", 13: "closed", 2: "not seen"}.get(error.errno, error.errno))
print("ptrace", "open" if libc.ptrace(16, int(pid), 0, 0) == 0 else "closed")
iov = (ctypes.c_char * 64)()
vec = (ctypes.c_void_p * 2)(ctypes.addressof(iov), 64)
print("vm", "open" if libc.process_vm_readv(int(pid), vec, 1, vec, 1, 0) > 0 else "closed")
`;

/** A credential of each kind, one in the environment and one in a file, and everybody who must not find them. */
describe('the credentials of the model gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-secrets-'));
  let api: MessagesApi;
  let server: ServerProcess;

  beforeAll(async () => {
    api = await startMessagesApi();
    const file = join(folder, 'key');
    writeFileSync(file, `${IN_FILE}\n`, { mode: 0o600 });
    server = await ServerProcess.start({
      modelUrl: api.url,
      env: {
        ANTHROPIC_API_KEY: '',
        ANTHROPIC_API_KEY_FILE: file,
        ANTHROPIC_AUTH_TOKEN: IN_ENVIRONMENT,
        STEWARD_AUTO_ALLOWED_TOOLS: 'Bash',
        STEWARD_LOG_LEVEL: 'trace',
        ...(ROOT ? { STEWARD_SANDBOX: 'user' } : {}),
      },
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await api.close();
    rmSync(folder, { recursive: true });
  });

  async function bash(command: string): Promise<string> {
    const { id } = await server.client().submit({ prompt: `[[bash ${command}]] [[say done]]` });
    const frames = await collect(server.client().follow(id));
    return frames.flatMap((frame) => (frame.type === 'tool.finished' ? [frame.data.output] : []))[0] ?? '';
  }

  it('reach the provider, both where there are both', async () => {
    expect(await server.client().execute({ prompt: '[[say x]]' })).toMatchObject({ state: 'completed' });
    const { headers } = api.journal.at(-1)!;
    expect(headers['x-api-key']).toBe(`sha256:${fingerprint(IN_FILE)}`);
    expect(headers['authorization']).toContain(fingerprint(IN_ENVIRONMENT));
  });

  it.runIf(ROOT)('lie in memory that the user of a session cannot read', async () => {
    // So that what is looked for is there at all.
    expect(readFileSync(`/proc/${server.pid}/environ`, 'utf8')).toContain(IN_ENVIRONMENT);
    const encoded = Buffer.from(BREAK_IN).toString('base64');
    const said = await bash(`echo ${encoded} | base64 -d > break.py; python3 break.py ${server.pid}`);
    expect(said.trim().split('\n')).toEqual([
      'uid False',
      ...['mem', 'environ', 'maps', 'fd/0'].map((name) => `${name} ${HIDES_PROCESSES ? 'not seen' : 'closed'}`),
      'ptrace closed',
      'vm closed',
    ]);
    // The same program with the rights of the server, against a process of the same user: the ways are there.
    const victim = spawn('sleep', ['60']);
    const own = execFileSync('python3', ['-c', BREAK_IN, String(victim.pid)], { encoding: 'utf8' });
    victim.kill('SIGKILL');
    for (const way of ['environ', 'maps', 'ptrace']) expect(own).toContain(`${way} open`);
  });

  it('stand nowhere that anybody is shown, nor in Redis, whose log lies in the data folder', async () => {
    await server.client().execute({ prompt: '[[error 401 message=bad key]]' });
    const paths = ['/metrics', '/openapi.json', '/asyncapi.json', '/api/v1/claude/health', '/api/v1/claude/metrics'];
    const pages = await Promise.all(paths.map((path) => send(server.url, path)));
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const shown = [...pages.map(({ text }) => text), server.output()].join('\n');
    for (const marker of [IN_FILE, IN_ENVIRONMENT]) {
      expect(shown).not.toContain(marker);
      expect(() => execFileSync('grep', ['-rlsaF', '--', marker, server.dataDir])).toThrow(
        expect.objectContaining({ status: 1 }),
      );
    }
    // A word of the run, to show that the search finds what is there.
    execFileSync('grep', ['-rqsaF', '--', 'break.py', server.dataDir]);
  });
});
