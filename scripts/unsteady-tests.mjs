// A vitest reporter: names the tests that failed and then passed when they were tried again, so that none stays unseen.
export default class UnsteadyTests {
  #names = [];

  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) this.#names.push(`${test.module.relativeModuleId} > ${test.fullName}`);
  }

  onTestRunEnd() {
    for (const name of this.#names) console.error(`[test] UNSTEADY, passed at the second attempt: ${name}`);
  }
}
