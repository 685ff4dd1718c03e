import { type AgentsOrder, startAgents } from '../agents-process.js';
import { once } from '../measure.js';
import { processCpuSeconds } from '../process-cpu.js';
import { type Scenario, Unavailable } from '../scenario.js';

/** What one more idle agent costs the process it lives in, beside one more connection with one subscription. */
export const memory: Scenario = {
  name: 'memory',
  about: 'memory of one idle agent among 200 in one process, beside one plain connection among 200 (needs Linux)',
  budgetSeconds: 35,
  async prepare({ natsUrl }, { quick }) {
    if (processCpuSeconds(process.pid) === undefined) throw new Unavailable('needs Linux');
    const count = quick ? 20 : 200;
    const measure = (kind: AgentsOrder['kind']) => async () => {
      const agents = await startAgents({ natsUrl, count, kind });
      await agents.stop();
      return once(agents.kibibytesEach);
    };
    return {
      comparisons: [
        {
          name: `${count} idle agents`,
          kind: 'memory',
          warmUp: false,
          ours: measure('agents'),
          raw: measure('connections'),
          processes: () => ({ asking: 0, answering: 0 }),
        },
      ],
      close: async () => {},
    };
  },
};
