// Runs the fidelity tests against any version of the CLI: `npm run compat -- 2.1.329`.
// The version is installed from npm into .cache/cli/<version> once; the tests get it by CLAUDE_CLI_PATH.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { env } from 'node:process';

const version = process.argv[2];
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  process.stderr.write('usage: npm run compat -- <version of @anthropic-ai/claude-code>\n');
  process.exit(2);
}

/** Everything that depends on how the CLI behaves, and little else. */
const TESTS = ['test/cli/', 'test/hostile.', 'test/background.', 'test/commands.', 'test/usage.', 'test/main-path.'];

const folder = resolve('.cache/cli', version);
const candidates = [
  `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
  'node_modules/.bin/claude',
].map((path) => join(folder, path));

function install() {
  if (candidates.some(existsSync)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const words = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `@anthropic-ai/claude-code@${version}`,
  ];
  const { status, stderr, error } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
  if (status === 0) return;
  // Half an installation would be taken for a whole one by the next call.
  rmSync(folder, { recursive: true, force: true });
  fail(`Claude Code ${version} cannot be installed from npm: ${error?.message ?? reasonIn(stderr)}`);
}

/** npm prints a page; the first line that is a reason, without npm's prefix. */
function reasonIn(stderr) {
  const lines = stderr.split('\n').flatMap((line) => /^npm (?:error|ERR!) (?:code )?(.+)$/.exec(line)?.[1] ?? []);
  return lines.some((line) => line === 'ETARGET')
    ? 'there is no such version'
    : lines.slice(0, 2).join(', ') || 'npm failed';
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

install();
const cli = candidates.find(existsSync);
if (!cli) fail(`the package of ${version} has no program for ${process.platform}-${process.arch}`);
const asked = spawnSync(cli, ['--version'], { env: { ...env, DISABLE_AUTOUPDATER: '1' }, encoding: 'utf8' });
const told = asked.stdout?.trim() || asked.error?.message || `exit code ${asked.status}`;
if (!told.startsWith(version)) fail(`the program of ${version} does not tell its version, but: ${told}`);

const report = resolve('.cache', `compat-${version}.json`);
rmSync(report, { force: true });
const startedAt = Date.now();
const run = spawnSync(
  'npx',
  [
    'vitest',
    'run',
    '--project',
    'room',
    '--project',
    'e2e',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...TESTS,
  ],
  { env: { ...env, CLAUDE_CLI_PATH: cli }, stdio: ['ignore', 'ignore', 'inherit'] },
);

if (!existsSync(report)) fail('the tests did not run to their end');
const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
const pad = (text, width) => String(text).padEnd(width);
process.stdout.write(`${pad('tests', 32)}${pad('passed', 8)}failed\n`);
const failures = [];
let [passed, failed] = [0, 0];
for (const { name, status: ended, assertionResults, message } of testResults.toSorted((a, b) =>
  a.name.localeCompare(b.name),
)) {
  const bad = assertionResults.filter(({ status }) => status === 'failed');
  const good = assertionResults.filter(({ status }) => status === 'passed');
  [passed, failed] = [passed + good.length, failed + bad.length];
  process.stdout.write(`${pad(relative('test', name), 32)}${pad(good.length, 8)}${bad.length || ''}\n`);
  // What goes wrong before the first test fails none of them.
  if (ended === 'failed' && bad.length === 0) failures.push(`${name}: ${message || 'failed before its first test'}`);
  for (const one of bad)
    failures.push(`${one.fullName}\n    ${(one.failureMessages[0] ?? '').split('\n')[0].slice(0, 200)}`);
}
for (const failure of failures) process.stdout.write(`\n  × ${failure}`);
const seconds = Math.round((Date.now() - startedAt) / 1000);
process.stdout.write(`\nClaude Code ${version}: ${passed} passed, ${failed} failed, ${seconds} s\n`);
process.exit(run.status === 0 ? 0 : 1);
