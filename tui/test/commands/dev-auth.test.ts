import { expect, onTestFinished, test, vi } from 'vitest';
import { agentnet, startAgentnet } from '../agentnet-process.js';
import { tempFolder } from '../temp-folder.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

test('given a network that demands signatures, when one person asks from several folders at once, then each gets its answer with the one key', async () => {
  const [data, settings, agentKeys] = [await tempFolder(), await tempFolder(), await tempFolder()];
  const secured = { DEV_AUTH: 'true' };
  const network = startAgentnet(['up', '--demo', '--json', '--port', '0', '--data-dir', data], {
    env: { ...secured, DEV_AUTH_KEY_DIR: agentKeys },
  });
  onTestFinished(async () => {
    network.child.kill('SIGTERM');
    await network.exitCode();
  });
  const { nats_url } = await network.event('ready');
  await network.event('next');
  const env = { ...secured, NATS_URL: nats_url, XDG_CONFIG_HOME: settings };
  const folders = [await tempFolder(), await tempFolder()];
  const answers = await Promise.all(
    folders.map((cwd, index) => agentnet(['request', '--to-username', 'echo', `${index}`], { cwd, env })),
  );
  expect(answers).toMatchObject([
    { code: 0, output: '0', errors: '' },
    { code: 0, output: '1', errors: '' },
  ]);
});
