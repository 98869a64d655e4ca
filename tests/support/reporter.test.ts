import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Results = { numPassedTests: number; numFailedTests: number; numPendingTests: number; numRuntimeErrorTestSuites: number };
type Reporter = new (config: { testNamePattern?: string }) => { onRunComplete(contexts: unknown, results: Results): void };
const TotalsReporter = createRequire(__filename)('./reporter.cjs') as Reporter;

/** What the reporter leaves for scripts/test. */
function totals(pattern: string | undefined, passed: number, failed: number, skipped: number, broken = 0): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-totals-'));
  const before = process.env.TSEMU_TOTALS;
  process.env.TSEMU_TOTALS = join(folder, 'totals');
  try {
    new TotalsReporter(pattern === undefined ? {} : { testNamePattern: pattern })
      .onRunComplete([], { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, numRuntimeErrorTestSuites: broken });
    return readFileSync(process.env.TSEMU_TOTALS, 'utf8');
  } finally {
    if (before === undefined) delete process.env.TSEMU_TOTALS; else process.env.TSEMU_TOTALS = before;
    rmSync(folder, { recursive: true });
  }
}

test('counts suites that cannot run as failures', () => expect(totals(undefined, 5, 1, 0, 2)).toBe('5 3\n'));
test('counts tests that skip themselves as failures', () => expect(totals(undefined, 5, 0, 2)).toBe('5 2\n'));
test('does not count what -t leaves out', () => expect(totals('arrays', 1, 0, 40)).toBe('1 0\n'));
test('fails a run in which -t leaves everything out', () => expect(totals('no such name', 0, 0, 41)).toBe('0 1\n'));
