import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** What both sides of a comparison start, with the same words and the same environment. */
export interface CliSetting {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string;
  remove(): void;
}

const FLAGS = '-p --input-format stream-json --output-format stream-json --verbose --include-partial-messages';

export function cliSetting(apiUrl: string, extra: readonly string[] = []): CliSetting {
  const root = mkdtempSync(join(tmpdir(), 'steward-bench-'));
  const [workspace, home, config] = ['workspace', 'home', 'config'].map((name) => join(root, name));
  for (const folder of [workspace, home, config]) mkdirSync(folder!, { mode: 0o700 });
  const id = extra.includes('--resume') ? [] : ['--session-id', randomUUID()];
  return {
    path: realpathSync(`node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`),
    args: `${FLAGS} --setting-sources= --strict-mcp-config --permission-prompt-tool stdio`.split(' ').concat(id, extra),
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: home!,
      CLAUDE_CONFIG_DIR: config!,
      ANTHROPIC_API_KEY: 'bench',
      ANTHROPIC_BASE_URL: apiUrl,
      CLAUDE_CODE_EAGER_FLUSH: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    },
    workspace: workspace!,
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}
