import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Where the answering process listens. */
export interface ResponderAddresses {
  readonly accountId: string;
  readonly username: string;
  /** A plain subscription that answers with the body it got. */
  readonly echoSubject: string;
  /** A plain subscription that answers with a fixed body of a resolve reply's size. */
  readonly resolveSubject: string;
  /** A plain subscription that does nothing. */
  readonly helloSubject: string;
  /** Plain: `<this>.<bytes>` is answered with a body of that size. */
  readonly sizedSubject: string;
  /** Plain: a number is answered with as many pieces of text, one message each, and an empty one. */
  readonly streamSubject: string;
  /** An echo by JSON-RPC over HTTP. */
  readonly httpPort: number;
}

export interface Responder extends ResponderAddresses {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts the answering side of `ask`, `send` and `resolve`, AgentNet's and the raw one, in one process of its own. */
export async function startResponder(natsUrl: string, env: Readonly<Record<string, string>> = {}): Promise<Responder> {
  const child = fork(new URL('./responder.js', import.meta.url), [], {
    env: { ...process.env, ...env, NATS_URL: natsUrl },
  });
  const [addresses] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the responder ended before it was ready'))),
  ])) as [ResponderAddresses];
  return {
    ...addresses,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
