import { limits } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { milliseconds } from '../output/milliseconds.js';
import { isOnThisMachine, publicToken, shownNatsUrl } from '../session/nats-address.js';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

const slowMs = 250;

/** Whether the server answers soon and takes the largest replies. */
export async function checkServer({ connection, network }: Patient): Promise<Finding> {
  const check = 'server';
  const rtt = milliseconds(await connection.rtt());
  const { version = 'unknown', max_payload = 0 } = connection.info ?? {};
  const detail = `nats-server ${version} at ${shownNatsUrl(network.natsUrl)} answers in ${rtt} ms`;
  if (max_payload < limits.replyMaxBytes) {
    return {
      check,
      verdict: 'warning',
      detail: `${detail}, but takes messages of at most ${max_payload} bytes`,
      fix: `Set max_payload of that server to ${limits.replyMaxBytes} bytes, its default.`,
    };
  }
  if (rtt > slowMs) {
    return {
      check,
      verdict: 'warning',
      detail,
      fix: 'Look at the network in between, or at the load of that machine.',
    };
  }
  return { check, verdict: 'ok', detail };
}

/** Whether strangers are kept out. */
export async function checkToken({ network }: Patient): Promise<Finding> {
  const check = 'token';
  const urls = network.natsUrl.split(',').map((url) => new URL(url));
  const isLocal = isOnThisMachine(network.natsUrl);
  const secret = 'Choose a secret of your own, start the server with it, and give it to every agent.';
  if (await letsIn(network, withoutCredentials(urls))) {
    const detail = 'the server lets everybody in, without a token';
    return isLocal
      ? { check, verdict: 'ok', detail: `${detail}, but only on this machine` }
      : { check, verdict: 'warning', detail, fix: secret };
  }
  if (urls.some(({ username }) => username === publicToken)) {
    const detail = 'the token is the public one';
    return isLocal
      ? { check, verdict: 'ok', detail: `${detail}, which is fine on this machine` }
      : { check, verdict: 'failure', detail: `${detail}, which everybody knows`, fix: secret };
  }
  return { check, verdict: 'ok', detail: 'accepted, and others are refused' };
}

function withoutCredentials(urls: readonly URL[]): string {
  return urls.map(({ protocol, host }) => `${protocol}//${host}`).join(',');
}

async function letsIn({ wait }: Patient['network'], url: string): Promise<boolean> {
  try {
    const stranger = await connect({ url, name: 'agentnet-cli-doctor', maxReconnectAttempts: 0, ...wait });
    await stranger.close();
    return true;
  } catch {
    // Whatever kept it out, it is out.
    return false;
  }
}
