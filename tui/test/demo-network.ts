import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNode, type AgentNodeOptions, type MessageHandler } from '@agentnet/sdk';
import { onTestFinished } from 'vitest';
import { type AgentnetProcess, agentnet, type SpawnSettings, startAgentnet } from './agentnet-process.js';

/** `agentnet up --demo` as a process: real server, registry and database, with the agents echo and calculator. */
export interface DemoNetwork {
  natsUrl: string;
  folder: string;
  /** Starts a command there; it is killed after the test if it still runs. */
  start(args: readonly string[], settings?: SpawnSettings): AgentnetProcess;
  run(args: readonly string[], settings?: SpawnSettings): ReturnType<typeof agentnet>;
  /** Runs a command with --json that must succeed. */
  json(...args: string[]): Promise<ReturnType<typeof JSON.parse>>;
  /** An agent of this test. */
  agent(options: AgentNodeOptions, handler: MessageHandler): Promise<AgentNode>;
  stop(): Promise<void>;
}

export async function startDemoNetwork(): Promise<DemoNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-tui-'));
  const network = startAgentnet(['up', '--demo', '--json', '--port', '0', '--data-dir', join(folder, 'network')]);
  const { nats_url: natsUrl } = await network.event('ready');
  await network.event('next');
  const withUrl = ({ env, ...settings }: SpawnSettings = {}) => ({ ...settings, env: { NATS_URL: natsUrl, ...env } });
  const run: DemoNetwork['run'] = (args, settings) => agentnet(args, withUrl(settings));
  return {
    natsUrl,
    folder,
    run,
    start(args, settings) {
      const started = startAgentnet(args, withUrl(settings));
      onTestFinished(() => {
        started.child.kill('SIGKILL');
      });
      return started;
    },
    async json(...args) {
      const { code, output, errors } = await run([...args, '--json']);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`);
      return JSON.parse(output);
    },
    async agent(options, handler) {
      const node = new AgentNode({ natsUrl, onError: () => undefined, ...options });
      node.onMessage(handler);
      await node.start();
      onTestFinished(() => node.close());
      return node;
    },
    async stop() {
      network.child.kill('SIGTERM');
      await network.exitCode();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
