import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Observation, PeerCommand } from '../../kit/peer-process/peer-protocol.js';
import { typescriptPeer } from '../../kit/peer-programs.js';
import { faultyAgents } from './faulty-agents.js';
import { Middleman } from './middleman.js';

// A peer program that is wrong in one way: it starts a good one, passes the lines of the peer protocol on, and stands between it and NATS.
const { AGENTNET_MUTANT: name = '', AGENTNET_MUTANT_OF: command = typescriptPeer.command } = process.env;
const mutant = faultyAgents.find((each) => each.name === name);
if (!mutant) throw new Error(`AGENTNET_MUTANT names no mutant: ${name}`);
const { fault } = mutant;
const middleman = await Middleman.start(fault, new Map());
const peer = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'] });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const told = JSON.parse(line) as PeerCommand;
    const passed =
      told.do === 'join' && told.nats_url ? { ...told, nats_url: middleman.inFrontOf(told.nats_url) } : told;
    peer.stdin.write(`${JSON.stringify(fault.command?.(passed, middleman.scene) ?? passed)}\n`);
  })
  .on('close', () => peer.stdin.end());

createInterface({ input: peer.stdout }).on('line', (line) => {
  const seen = JSON.parse(line) as Observation;
  process.stdout.write(`${JSON.stringify(fault.observation?.(seen, middleman.scene) ?? seen)}\n`);
});

peer.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
  void middleman[Symbol.asyncDispose]();
});
