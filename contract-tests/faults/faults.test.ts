import { appendFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faults } from './faults.js';
import { runFault, sizes } from './run-fault.js';
import { hasPostgres } from './stores.js';

const size = process.env['AGENTNET_FAULTS'] === 'full' ? sizes.full : sizes.short;
/** Where the outcomes go for whoever prints the table. */
const report = process.env['AGENTNET_FAULTS_REPORT'];

const unharmed = { invented: 0, accountsLost: 0, wrongCounters: [], failedOtherwise: [] };

describe('faults under load', () => {
  for (const fault of faults) {
    const skipped = fault.database === 'Postgres' && !hasPostgres;
    const title = `given agents that send and call, when this happens: ${fault.name}, then no message is lost unseen and no other call fails`;
    test.skipIf(skipped)(
      title,
      async () => {
        const outcome = await runFault(fault, size);
        if (report) appendFileSync(report, `${JSON.stringify(outcome)}\n`);
        const { lost, reportedLost, invented, accountsLost, wrongCounters, failedOtherwise } = outcome;
        expect({ invented, accountsLost, wrongCounters, failedOtherwise }).toEqual(unharmed);
        expect(reportedLost).toBe(lost);
        expect(lost > 0).toBe(fault.overflows ?? false);
      },
      300_000,
    );
  }
});
