import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measure, measuredLoads } from '../call-loads.js';
import type { Sample } from '../measure.js';
import { type Network, startNetwork } from '../network.js';
import type { ProcessIds } from '../process-use.js';
import { type PythonProcess, startPython } from '../python-process.js';
import type { Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';

/** What the calling side can be asked to do. */
type Call = 'ask' | 'raw' | 'a2a' | 'askSigned' | 'askSignedV1';

/** The processes of a run, all Python: one calls, the others answer. */
interface Processes {
  readonly load: PythonProcess;
  readonly responder: PythonProcess;
  readonly signedResponder: PythonProcess;
  readonly server: PythonProcess;
  /** Where keys are bound and signatures are verified. */
  readonly signed: Network;
}

const load = { inFlight: [1, 8, 64, 256], seconds: 1.2 };

/** A request and its reply between two Python agents, beside bare nats-py and beside an echo over HTTP; with signatures, beside the same without. */
export const python: Scenario = {
  name: 'python',
  about:
    'request and reply between two Python agents, beside bare nats-py and beside A2A-style JSON-RPC over HTTP; signed, beside unsigned',
  budgetSeconds: 145,
  async prepare({ natsUrl }, { quick }) {
    const folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-python-'));
    const processes = await startProcesses(natsUrl, join(folder, 'keys'));
    const { load: caller, responder, signedResponder, server, signed } = processes;
    const made =
      (call: Call): Measure =>
      async (order) =>
        (await caller.ask({ call, ...order })) as Sample;
    const raw = made('raw');
    const plain = { ours: made('ask'), raw, beside: { HTTP: made('a2a') } };
    const withSignatures = {
      ours: made('askSigned'),
      raw,
      beside: { unsigned: made('ask'), 'signed v1': made('askSignedV1') },
    };
    const plainIds = (side: string): ProcessIds => ({
      asking: caller.pid,
      answering: (side === 'HTTP' ? server : responder).pid,
    });
    const signedIds = (side: string): ProcessIds =>
      side === 'raw' || side === 'unsigned'
        ? plainIds(side)
        : { ...signed.processes(), asking: caller.pid, answering: signedResponder.pid };
    return {
      comparisons: [
        ...measuredLoads(plain, { ...load, open: true, quick }).map((row) => ({ ...row, processes: plainIds })),
        ...measuredLoads(withSignatures, { ...load, prefix: 'signed v2, ', quick }).map((row) => ({
          ...row,
          processes: signedIds,
        })),
      ],
      async close() {
        await Promise.all([caller, responder, signedResponder, server].map((process) => process.stop()));
        await signed.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

async function startProcesses(natsUrl: string, keyDir: string): Promise<Processes> {
  const signed = await startNetwork({
    registryEnv: { DEV_AUTH: 'true' },
    responderEnv: { DEV_AUTH: 'true', DEV_AUTH_KEY_DIR: keyDir },
  });
  const [responder, signedResponder, server] = await Promise.all([
    startPython('responder', natsUrl),
    startPython('responder', signed.natsUrl, keyDir),
    startPython('a2a_server'),
  ]);
  const { accountId, echoSubject } = responder.hello;
  const addresses = {
    natsUrl,
    accountId,
    echoSubject,
    httpUrl: server.hello['url'],
    signedNatsUrl: signed.natsUrl,
    signedAccountId: signedResponder.hello['accountId'],
    keyDir,
    body: new TextDecoder().decode(messageBody()),
  };
  const load = await startPython('load', JSON.stringify(addresses));
  return { load, responder, signedResponder, server, signed };
}
