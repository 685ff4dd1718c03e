import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { AgentNetError } from '@agentnet/sdk';
import { ConfigError } from './config/config-error.js';
import { readConfig } from './config/read-config.js';
import { playDuo, readTurns } from './mesh/duo.js';
import { printable } from './mesh/printable.js';
import { runMesh } from './mesh/run-mesh.js';

const usage = `usage: main.js --config <mesh.yaml> [--only <agent>]... [--duo] [--opening <text>]

Joins the agents of the file to the network of NATS_URL and keeps them there until Ctrl-C.
--only     joins this agent only; may be repeated
--duo      lets the first two of them talk for DEMO_TURNS turns (4), then ends
--opening  what the first of them is told`;

const publicNetwork = 'nats://agentnet_secret_token@127.0.0.1:4222';

async function main(): Promise<void> {
  const { config, only, duo, opening } = readFlags();
  const agents = readConfig(config, only);
  const { NATS_URL: natsUrl = publicNetwork, DEMO_TURNS } = process.env;
  const [first, second] = agents;
  if (duo && (!first || !second)) throw new ConfigError(`--duo needs two agents; ${config} gives ${agents.length}`);
  const turns = readTurns(DEMO_TURNS);
  const mesh = await runMesh({ agents, natsUrl, environment: process.env, onError: report });
  try {
    say(`online: ${mesh.members.map(({ node }) => `@${node.username}`).join(', ')}`);
    if (!duo || !first || !second) return await untilStopped();
    const speakers = [first.name, second.name] as const;
    const write = (text: string) => process.stdout.write(text);
    say(`thread: ${await playDuo({ natsUrl, speakers, opening, turns, write })}`);
  } finally {
    await mesh.close();
  }
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        duo: { type: 'boolean', default: false },
        opening: { type: 'string', default: 'Tell me something about rivers.' },
      },
    });
    if (values.config === undefined) throw new Error('--config is missing');
    return { ...values, config: values.config };
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n\n${usage}`);
  }
}

async function untilStopped(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

function report(agent: string, error: AgentNetError): void {
  const { cause } = error;
  console.error(printable(`${agent}: ${cause instanceof Error ? cause.message : error.message}`));
}

function say(line: string): void {
  console.log(printable(line));
}

main().catch((cause: unknown) => {
  // Bad configuration and an absent network are the reader's to mend; anything else is a bug and shows its stack.
  if (cause instanceof ConfigError || cause instanceof AgentNetError) console.error(printable(cause.message));
  else console.error(cause);
  process.exitCode = 1;
});
