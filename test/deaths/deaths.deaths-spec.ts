import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Run } from '@steward/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { anatomyOf } from '../support/anatomy.js';
import { type ServerProcess } from '../support/server.process.js';
import { type Death, type Place, type Row } from './death.types.js';
import { DEATHS, PLACES, start } from './deaths.js';

const MODES = ['none', 'user', 'namespace'];
const ENDED = ['completed', 'failed', 'cancelled'];
const rows: Row[] = [];

/** What dies × where the run is × how it is kept apart. `npm run deaths` prints what was seen. */
describe.each(MODES)('sandbox %s', (mode) => {
  let api: MessagesApi;
  let server: ServerProcess;

  beforeAll(async () => {
    api = await startMessagesApi();
    server = await start(api.url, mode);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(server.dataDir, { recursive: true, force: true });
    await api.close();
  });

  const markOf = (run: Run) => `${server.dataDir}#${run.sessionId}`;

  async function arrive(place: Place): Promise<Run> {
    const run = await server.client().submit({ prompt: place.prompt });
    if (place.after === null) {
      await expect.poll(async () => (await anatomyOf(markOf(run))).cli, { interval: 2, timeout: 10_000 }).toBeDefined();
      return run;
    }
    for await (const frame of server.client().follow(run.id)) if (frame.type === place.after) break;
    await delay(place.pauseMs ?? 0);
    return run;
  }

  /** Milliseconds until no process of the run is left, and how many are when the time is over. */
  async function untilGone(run: Run, limitMs: number): Promise<{ goneMs: number; left: number }> {
    const began = performance.now();
    for (;;) {
      const { length: left } = (await anatomyOf(markOf(run))).all;
      const goneMs = Math.round(performance.now() - began);
      if (left === 0 || goneMs > limitMs) return { goneMs, left };
      await delay(20);
    }
  }

  async function suffer(place: Place, death: Death): Promise<void> {
    const run = await arrive(place);
    const began = performance.now();
    await death.act(server, run, await anatomyOf(markOf(run)));
    const acted = performance.now() - began;
    let { goneMs, left } = await untilGone(run, death.goneMs);
    if (left > 0 && death.sweep && mode !== 'namespace') await server.stop('SIGKILL');
    if (server.isGone) server = await start(api.url, mode, server.dataDir);
    if (left > 0 && death.sweep) ({ goneMs, left } = await untilGone(run, death.goneMs));
    await expect
      .poll(async () => (await server.client().run(run.id)).state, { timeout: 15_000 })
      .toSatisfy((state: string) => ENDED.includes(state));
    const { state, error } = await server.client().run(run.id);
    rows.push({
      mode,
      place: place.name,
      death: death.name,
      end: error?.code ?? state,
      goneMs: Math.round(goneMs + acted),
      left,
    });
    expect(left).toBe(0);
    expect(death.codes).toContain(error?.code);
    const next = await server.client().execute({ prompt: '[[say usable]]', sessionId: run.sessionId });
    expect(next.result?.text).toBe('usable');
  }

  describe.each(PLACES)('$name', (place) => {
    it.each(DEATHS)('$name', (death) => suffer(place, death), 60_000);
  });
});

afterAll(() => {
  const heads: (keyof Row)[] = ['mode', 'place', 'death', 'end', 'goneMs', 'left'];
  const widths = heads.map((head) => Math.max(head.length, ...rows.map((row) => String(row[head]).length)));
  const line = (cells: readonly unknown[]) =>
    `| ${cells.map((cell, index) => String(cell).padEnd(widths[index]!)).join(' | ')} |`;
  const table = [
    line(heads),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => line(heads.map((head) => row[head]))),
  ];
  process.stdout.write(`\n${table.join('\n')}\n`);
});
