import { defineConfig } from 'vitest/config';

// One cold parse of an AsyncAPI document takes up to a second; several tests need a few.
export default defineConfig({ test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 } });
