import { readFileSync } from 'node:fs';

/** The sum of both runners, as one plain closing line. A report that is missing counts as a failure. */
const [unittestLog, vitestReport] = process.argv.slice(2);

function unittest() {
  const text = readFileSync(unittestLog, 'utf8');
  const ran = Number(/^Ran (\d+) tests?/m.exec(text)?.[1] ?? 0);
  const bad = ['failures', 'errors'].reduce(
    (sum, kind) => sum + Number(new RegExp(`${kind}=(\\d+)`).exec(text)?.[1] ?? 0),
    0,
  );
  const skipped = Number(/skipped=(\d+)/.exec(text)?.[1] ?? 0);
  return ran === 0 ? { passed: 0, failed: 1, skipped } : { passed: ran - bad - skipped, failed: bad, skipped };
}

function vitest() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(vitestReport, 'utf8'),
    );
    return {
      passed: numPassedTests,
      failed: Math.max(numFailedTests, Math.min(1, numFailedTestSuites)),
      skipped: numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const [one, two] = [unittest(), vitest()];
const sum = (key) => one[key] + two[key];
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}\n`);
