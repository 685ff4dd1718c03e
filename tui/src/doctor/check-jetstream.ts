import { encodeJson, history, limits, parseInstant } from '@agentnet/protocol';
import { spanText } from '../layout/clock-text.js';
import type { Finding } from './finding.js';
import type { Patient } from './patient.js';

/** The part of JetStream's answers that is looked at. */
interface StreamInfo {
  config?: { max_bytes?: number; max_msgs?: number; storage?: string; no_ack?: boolean; num_replicas?: number };
  state?: { messages?: number; bytes?: number; first_ts?: string };
  error?: { err_code?: number; description?: string };
}

const apiPrefix = '$JS.API';
const withoutHistory = 'Start that server with -js and restart the registry.';

/** Whether the server keeps messages for the registry. */
export async function checkJetStream({ connection, ...patient }: Patient): Promise<Finding> {
  const check = 'jetstream';
  if (connection.info?.jetstream !== true) {
    return {
      check,
      verdict: 'failure',
      detail: 'the server has no JetStream: no history while the registry is away',
      fix: withoutHistory,
    };
  }
  const { error, config } = await streamInfo(patient);
  if (error) {
    return {
      check,
      verdict: 'failure',
      detail: `there is no stream ${history.stream}: ${error.description ?? 'unknown reason'}`,
      fix: 'Start a registry there; it makes the stream. `agentnet up` starts one.',
    };
  }
  const { storage = 'unknown', num_replicas = 1, no_ack } = config ?? {};
  const detail = `stream ${history.stream}, storage ${storage}, ${num_replicas} ${num_replicas === 1 ? 'copy' : 'copies'}`;
  if (storage !== 'file') {
    return {
      check,
      verdict: 'warning',
      detail,
      fix: 'Messages are lost when that server ends: make the stream again with file storage.',
    };
  }
  if (no_ack !== true) {
    return {
      check,
      verdict: 'failure',
      detail: `${detail}; it answers requests instead of agents`,
      fix: 'Restart the registry; it mends the stream.',
    };
  }
  return { check, verdict: 'ok', detail };
}

/** Whether what was said reaches the record soon, as the streams themselves tell: also when no registry is there to ask. */
export async function checkBacklog(patient: Patient): Promise<Finding> {
  const check = 'stream backlog';
  const messages = await streamInfo(patient);
  if (messages.error || !messages.state) return { check, verdict: 'unknown', detail: 'there is no stream to look at' };
  const receipts = await streamInfo(patient, history.receiptStream);
  const percent = Math.floor(100 * Math.max(fillOf(messages), fillOf(receipts)));
  const oldestMs = oldestAgeMs(messages);
  const detail = [
    `${messages.state.messages ?? 0} messages and ${receipts.state?.messages ?? 0} receipts wait to be recorded`,
    ...(oldestMs > 0 ? [`the oldest for ${spanText(oldestMs)}`] : []),
    `${percent} % of what fits`,
  ].join(', ');
  if (percent >= limits.historyFillWarnPercent) {
    return {
      check,
      verdict: 'failure',
      detail,
      fix: 'Bring registry and database back, or raise the limits of the stream, before the oldest are lost.',
    };
  }
  if (oldestMs >= limits.historyOldestWarnMs || (messages.state.messages ?? 0) > limits.historyBatchMaxMessages) {
    return {
      check,
      verdict: 'warning',
      detail,
      fix: 'See whether a registry runs and its database keeps up; `agentnet metrics` shows db.persist_batch.',
    };
  }
  return { check, verdict: 'ok', detail };
}

/** Part of the nearest limit in use. */
function fillOf({ config, state }: StreamInfo): number {
  const { max_bytes = -1, max_msgs = -1 } = config ?? {};
  const { messages = 0, bytes = 0 } = state ?? {};
  return Math.max(max_bytes > 0 ? bytes / max_bytes : 0, max_msgs > 0 ? messages / max_msgs : 0);
}

function oldestAgeMs({ state }: StreamInfo): number {
  const first = state?.messages ? parseInstant(state.first_ts ?? '')?.epochMs : undefined;
  return first === undefined ? 0 : Math.max(0, Date.now() - first);
}

async function streamInfo(
  { transport, network }: Pick<Patient, 'transport' | 'network'>,
  stream: string = history.stream,
): Promise<StreamInfo> {
  const { timeoutMs = limits.queryTimeoutMs, signal } = network.wait;
  const subject = `${apiPrefix}.STREAM.INFO.${stream}`;
  const body = await transport.request(subject, encodeJson({}), { timeoutMs, signal });
  return JSON.parse(new TextDecoder().decode(body)) as StreamInfo;
}
