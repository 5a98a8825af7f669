import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultLog } from './fault.log.js';
import { type Fault } from './fault.types.js';

const fault = (n: number): Fault => ({
  at: '2026-01-01T00:00:00.000Z',
  kind: 'exception',
  role: 'all',
  pid: n,
  name: 'Error',
  message: `number ${n}`,
  stack: '',
  runId: null,
  ended: true,
});

describe('the log of faults', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'steward-faults-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const path = () => join(folder, readdirSync(folder)[0]!);

  it('is empty at first, and has what earlier processes wrote', () => {
    expect(new FaultLog(folder).load()).toEqual([]);
    const log = new FaultLog(folder);
    log.add(fault(1));
    log.add(fault(2));
    expect(new FaultLog(folder).load()).toEqual([fault(1), fault(2)]);
  });

  it('passes over half a line', () => {
    new FaultLog(folder).add(fault(1));
    writeFileSync(path(), '{"at":"20', { flag: 'a' });
    expect(new FaultLog(folder).load()).toEqual([fault(1)]);
  });

  it('keeps the newest hundred', () => {
    const log = new FaultLog(folder);
    for (let n = 0; n < 150; n += 1) log.add(fault(n));
    expect(log.all).toHaveLength(100);
    const found = new FaultLog(folder).load();
    expect([found.length, found[0]?.pid, found.at(-1)?.pid]).toEqual([100, 50, 149]);
    expect(readFileSync(path(), 'utf8').trimEnd().split('\n')).toHaveLength(100);
  });

  it('stays quiet where nothing can be written', () => {
    const log = new FaultLog(folder);
    rmSync(folder, { recursive: true });
    log.add(fault(1));
    expect(log.all).toHaveLength(1);
  });
});
