import { AgentHost, type HostCommand } from './agent-host.js';

/** Agents in a process of their own. It hears and tells over the channel of its parent, which does not depend on NATS. */
const host = new AgentHost((news) => process.send?.(news));
process.on('message', (command: HostCommand) => {
  void host.obey(command).then(() => {
    if (command.type === 'close') process.disconnect();
  });
});
// Without its parent it has nobody to work for.
process.on('disconnect', () => process.exit(0));
