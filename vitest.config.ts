import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      '{codegen,registry,tui,bench,examples}/test/**/*.test.ts',
      'examples/llm-mesh/test/**/*.test.ts',
      'sdk/typescript/test/**/*.test.ts',
      'contract-tests/faults/**/*.test.ts',
      'contract-tests/pacts/**/*.test.ts',
      'contract-tests/scenarios/**/*.test.ts',
      'contract-tests/traces/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    globalSetup: 'registry/test/harness/pglite-template.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
