import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { agentnet, startAgentnet } from '../agentnet-process.js';

/** Accepts connections and never says a word. */
async function silentServer(): Promise<{ server: Server; natsUrl: string }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { server, natsUrl: `nats://127.0.0.1:${port}` };
}

describe('given no network', () => {
  test('when nobody listens, then the command ends with connect_failed, a remedy and exit code 2', async () => {
    const { code, errors } = await agentnet(['list', '--nats-url', 'nats://s3cret@127.0.0.1:1']);
    expect(code).toBe(2);
    expect(errors).toMatch(/^error: \[connect_failed\] .*\nStart a network with `agentnet up`/);
    expect(errors).not.toContain('s3cret');
  });

  test.each([
    ['list', ['list']],
    ['send', ['send', '--to-username', 'echo', '1']],
  ])('when a server accepts and stays silent, then %s ends within the deadline', async (_name, args) => {
    const { natsUrl } = await silentServer();
    const { code, errors } = await agentnet([...args, '--timeout', '0.3', '--nats-url', natsUrl]);
    expect(code).toBe(2);
    expect(errors).toContain('error: [connect_failed]');
  });

  test.each([
    ['list', ['list']],
    ['send', ['send', '--to-username', 'echo', '1']],
  ])('when %s waits and is interrupted, then it ends at once with exit code 130', async (_name, args) => {
    const { server, natsUrl } = await silentServer();
    const waiting = startAgentnet([...args, '--timeout', '600', '--nats-url', natsUrl]);
    await once(server, 'connection');
    waiting.child.kill('SIGINT');
    expect(await waiting.exitCode()).toBe(130);
    expect(waiting.errors()).toContain('error: [cancelled]');
  });
});
