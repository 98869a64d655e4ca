// Leaves the totals for scripts/test. A suite that cannot run counts as one failure, and so does a skipped test: what
// a machine cannot test must be said, not passed over.
const { writeFileSync } = require('node:fs');

module.exports = class TotalsReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + results.numPendingTests;
    if (process.env.TSEMU_TOTALS) writeFileSync(process.env.TSEMU_TOTALS, `${results.numPassedTests} ${failed}\n`);
  }
};
