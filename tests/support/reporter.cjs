// Leaves the totals for scripts/test. A suite that cannot run counts as one failure, and so does a skipped test: what
// a machine cannot test must be said, not passed over. Only `-t` may leave tests out, and not all of them.
const { writeFileSync } = require('node:fs');

/** Counts what a run says: tests that passed, and failures. `named` says that the run is of tests chosen by name. */
function totals(results, named) {
  const skipped = named ? 0 : results.numPendingTests;
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + skipped;
  return { passed: results.numPassedTests, failed: results.numPassedTests + failed === 0 ? 1 : failed };
}

module.exports = class TotalsReporter {
  constructor(globalConfig) { this.named = Boolean(globalConfig.testNamePattern); }

  onRunComplete(_contexts, results) {
    const { passed, failed } = totals(results, this.named);
    if (process.env.TSEMU_TOTALS) writeFileSync(process.env.TSEMU_TOTALS, `${passed} ${failed}\n`);
  }
};
