import { limits, ProtocolError } from '@agentnet/protocol';
import type { Command } from 'commander';
import type { OutgoingMessage } from '../session/outgoing-message.js';
import { numberOption, parsePayload } from './option-values.js';

/** Options that `send` and `request` share, as typed. */
export interface MessageFlags {
  toAccount?: string;
  toUsername?: string;
  toCapability?: string;
  threadId?: string;
  parentMessageId?: string;
  idempotencyKey?: string;
  ttlMs?: number;
}

export function addMessageOptions(command: Command): Command {
  return command
    .argument('<payload>', 'the payload, any JSON value')
    .option('--to-account <id>', 'to the account with this id')
    .option('--to-username <name>', 'to the account with this username')
    .option('--to-capability <name>', 'to one agent that offers this capability')
    .option('--thread-id <id>', 'thread to write in (default: a new one)')
    .option('--parent-message-id <id>', 'message this one answers')
    .option(
      '--idempotency-key <key>',
      'names the operation, so that the receiver does it once however often it is sent',
    )
    .option(
      '--ttl-ms <ms>',
      `life of the message (default: ${limits.ttlMsDefault})`,
      numberOption('--ttl-ms', { least: limits.ttlMsMin, most: Number.MAX_SAFE_INTEGER, whole: true }),
    );
}

/** @throws {ProtocolError} `invalid_option`, `invalid_payload` */
export function outgoingMessage(payload: string, flags: MessageFlags): OutgoingMessage {
  const { toAccount, toUsername, toCapability, threadId, parentMessageId, idempotencyKey, ttlMs } = flags;
  const targets = [
    { kind: 'account', name: toAccount },
    { kind: 'username', name: toUsername },
    { kind: 'capability', name: toCapability },
  ] as const;
  const given = targets.flatMap(({ kind, name }) => (name === undefined ? [] : [{ kind, name }]));
  const [target] = given;
  if (!target || given.length > 1 || target.name.trim() === '') {
    throw new ProtocolError('invalid_option', 'give one of --to-account, --to-username and --to-capability');
  }
  return {
    target,
    payload: parsePayload(payload),
    ...(threadId === undefined ? {} : { threadId }),
    ...(parentMessageId === undefined ? {} : { parentMessageId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
}
