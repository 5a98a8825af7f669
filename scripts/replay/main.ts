import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProjectFile } from '@steward/host';
import { processEnvironment } from '@steward/claude';
import { StewardClient } from '@steward/client';
import { readRecording } from './recording.js';
import { startReplayApi } from './replay-api.js';

const HELP = `usage: npm run replay -- FILE

Plays a recording of model traffic (recordings/<run>.ndjson of a data folder) back against the real Claude Code CLI,
without a network and without cost: a server of its own on loopback carries the same request, and the recording answers.
Prints the run's events, one JSON line each. Settings (STEWARD_*, CLAUDE_CLI_PATH) come from the environment, so another
version of the CLI can be tried. Exit code 1 when the CLI asked for something that the recording has no answer to.
`;

const START_TIMEOUT_MS = 30_000;
/** What of a recorded request belongs to the place where it ran. */
const LOCAL_FIELDS = new Set(['sessionId', 'recordModelTraffic', 'busyPolicy']);

async function startServer(modelUrl: string, dataDir: string) {
  const main = findProjectFile(fileURLToPath(import.meta.url), 'dist/apps/server/src/main.js');
  const { ANTHROPIC_AUTH_TOKEN: _token, REDIS_URL: _redis, STEWARD_API_KEYS: _keys, ...env } = processEnvironment();
  const child = spawn(process.execPath, [main], {
    env: {
      ...env,
      HOST: '127.0.0.1',
      PORT: '0',
      STEWARD_ROLE: 'all',
      STEWARD_DATA_DIR: dataDir,
      STEWARD_CACHE_DIR: env['STEWARD_CACHE_DIR'] ?? resolve('.cache'),
      ANTHROPIC_API_KEY: 'replay',
      ANTHROPIC_BASE_URL: modelUrl,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const url = await new Promise<string>((found, fail) => {
    const timer = setTimeout(() => fail(new Error(`the server was not ready in time:\n${said}`)), START_TIMEOUT_MS);
    child.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${said}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /^ {2}Health {2}(http:\/\/\S+?)\/health\//m.exec(said)?.[1];
      if (!address) return;
      clearTimeout(timer);
      found(address);
    });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  child.stdout.resume();
  const stop = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  return { url, stop };
}

async function replay(path: string): Promise<number> {
  const recording = readRecording(path);
  if (recording.isCut) process.stderr.write('this recording reached its bound: the run went on where it ends\n');
  const api = await startReplayApi(recording);
  const dataDir = mkdtempSync(join(tmpdir(), 'steward-replay-'));
  const server = await startServer(api.url, dataDir);
  try {
    const client = new StewardClient({ url: server.url });
    const request = Object.fromEntries(Object.entries(recording.request).filter(([name]) => !LOCAL_FIELDS.has(name)));
    const { id } = await client.submit(request);
    for await (const frame of client.follow(id)) process.stdout.write(`${JSON.stringify(frame)}\n`);
    process.stderr.write(
      `replayed ${recording.exchanges.length - api.left()} of ${recording.exchanges.length} answers` +
        ` (recorded with CLI ${recording.cliVersion ?? 'of unknown version'}); ${api.missed()} requests had none\n`,
    );
    return api.missed() === 0 ? 0 : 1;
  } finally {
    await server.stop();
    await api.close();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const [path] = process.argv.slice(2);
if (path === undefined || path === '--help') {
  process.stdout.write(HELP);
  process.exitCode = path === undefined ? 2 : 0;
} else {
  process.exitCode = await replay(path).catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  });
}
