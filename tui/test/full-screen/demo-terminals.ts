import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type DemoNetwork, startDemoNetwork } from '../demo-network.js';
import { openTmux, type TmuxSettings, type TmuxTerminal } from './tmux.js';

/** One network with the demo agents for all tests of a group, and terminals in which the operator `tester` looks at it. */
export interface DemoTerminals {
  network(): DemoNetwork;
  /** What the command needs to find the network as that operator. */
  env(): Record<string, string>;
  /** The full screen in a terminal, closed after the test. */
  open(settings?: Partial<TmuxSettings>): TmuxTerminal;
}

export function demoTerminals(): DemoTerminals {
  let network: DemoNetwork;
  beforeAll(async () => {
    network = await startDemoNetwork();
  });
  afterAll(() => network.stop());
  const env = () => ({ NATS_URL: network.natsUrl, XDG_CONFIG_HOME: network.folder, AGENTNET_OPERATOR: 'tester' });
  return {
    network: () => network,
    env,
    open(settings = {}) {
      const defaults = { columns: 100, rows: 30, args: [], folder: network.folder };
      const terminal = openTmux({ ...defaults, ...settings, env: { ...env(), ...settings.env } });
      onTestFinished(() => terminal.close());
      return terminal;
    },
  };
}
