import { shownNatsUrl } from '../session/nats-address.js';

/** What to type in a second terminal, ready to paste. A token that is not shown has to come from the environment. */
export function nextCommands(natsUrl: string, threadId: string): string[] {
  const shown = shownNatsUrl(natsUrl);
  const token = shown === natsUrl ? '' : "AGENTNET_TOKEN='<your token>' ";
  return [
    'list',
    `send --to-username echo '{"text":"hello"}'`,
    `request --to-capability calculator '{"action":"add","x":19,"y":23}'`,
    'threads',
    `thread-messages --thread-id ${threadId}`,
  ].map((command) => `${token}npx agentnet ${command} --nats-url ${shown}`);
}
