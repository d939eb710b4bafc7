// The last line of a run, in the form that machines read: `browser: 40 passed, 0 failed, 2 skipped`.

import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

export default class Summary implements Reporter {
  private readonly outcomes = new Map<string, TestCase>();

  onTestEnd(test: TestCase, _result: TestResult) {
    this.outcomes.set(test.id, test);
  }

  onEnd() {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const test of this.outcomes.values()) {
      const outcome = test.outcome();
      count[outcome === 'skipped' ? 'skipped' : outcome === 'unexpected' ? 'failed' : 'passed']++;
    }
    process.on('exit', () => console.log(`browser: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`));
  }
}
