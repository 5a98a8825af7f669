import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withServer } from './support/server.fixture.js';
import { type ServerProcess } from './support/server.process.js';

const TIMEOUT_MS = 120_000;

/** The programs of docs/recipes, as they stand there. */
describe('recipes', () => {
  let server: ServerProcess;
  withServer({}, (standing) => ({ server } = standing));

  /** Answers each question as soon as it stands there. */
  async function approve(prompt: string, answers: readonly string[]): Promise<{ code: number | null; told: string }> {
    const env = { ...process.env, STEWARD_URL: server.url };
    const child = spawn(process.execPath, ['docs/recipes/approve.mjs', prompt], { env });
    let told = '';
    let asked = 0;
    const hear = (chunk: Buffer) => {
      told += chunk.toString();
      while ((told.match(/(why not: |\] $)/gm) ?? []).length > asked && asked < answers.length) {
        child.stdin.write(`${answers[asked]}\n`);
        asked += 1;
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, told };
  }

  it('approve.mjs: yes, why not, and an answer', { timeout: TIMEOUT_MS }, async () => {
    const prompt = '[[write a.txt | x]] [[write b.txt | x]] [[result]] [[ask Which? | Red | Blue]] [[result]]';
    const { code, told } = await approve(prompt, ['y', 'too late in the day', 'Blue']);
    expect(told).toContain('? Write {');
    expect(told).toContain('too late in the day');
    expect(told).toContain('? Which? [Red / Blue]');
    expect(told).toMatch(/Blue[\s\S]*completed\n$/);
    expect(code).toBe(0);
  });

  it('approve.mjs: quit', { timeout: TIMEOUT_MS }, async () => {
    const { code, told } = await approve('[[write a.txt | x]] [[say never]]', ['q']);
    expect(told).toMatch(/cancelled \(approval\.stopped\)\n$/);
    expect(code).toBe(1);
  });
});
