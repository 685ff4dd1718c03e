import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exited } from '../harness/exited.js';
import { AgentHost, type HostCommand, type HostNews } from './agent-host.js';

/** One place where agents live, here or in another process. */
export interface Host extends AsyncDisposable {
  tell(command: HostCommand): void;
}

const program = fileURLToPath(
  new URL('dist/soak/host-process.js', import.meta.resolve('@agentnet/contract-tests/package.json')),
);

/** A host in this process. */
export function hostHere(hear: (news: HostNews) => void, fail: (cause: unknown) => void): Host {
  const host = new AgentHost(hear);
  return {
    tell: (command) => void host.obey(command).catch(fail),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A host in a process of its own. */
export function hostElsewhere(hear: (news: HostNews) => void, fail: (cause: unknown) => void): Host {
  const { NODE_OPTIONS: _ignored, ...env } = process.env;
  const child: ChildProcess = fork(program, [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let isEnding = false;
  child.on('message', (news: HostNews) => {
    if (news.type === 'closed') isEnding = true;
    hear(news);
  });
  child.on('exit', (code, signal) => {
    if (!isEnding) fail(new Error(`a process of agents ended with ${code ?? signal}`));
  });
  return {
    tell: (command) => void child.send(command),
    [Symbol.asyncDispose]: async () => {
      isEnding = true;
      child.kill('SIGKILL');
      await exited(child);
    },
  };
}
