import { limits, ProtocolError } from '@agentnet/protocol';
import type { Command } from 'commander';
import type { OutgoingMessage } from '../session/outgoing-message.js';
import { numberOption, parsePayload } from './option-values.js';

/** Whom a message is for, as typed. */
export interface TargetFlags {
  toAccount?: string;
  toUsername?: string;
  toCapability?: string;
}

/** Options that `send` and `request` share, as typed. */
export interface MessageFlags extends TargetFlags {
  threadId?: string;
  parentMessageId?: string;
  idempotencyKey?: string;
  ttlMs?: number;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option('--to-account <id>', 'to the account with this id')
    .option('--to-username <name>', 'to the account with this username')
    .option('--to-capability <name>', 'to one agent that offers this capability');
}

export function addMessageOptions(command: Command): Command {
  return addTargetOptions(command.argument('<payload>', 'the payload, any JSON value'))
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

/** @throws {ProtocolError} `invalid_option` unless exactly one target is given */
export function targetOf({ toAccount, toUsername, toCapability }: TargetFlags): OutgoingMessage['target'] {
  const targets = [
    { kind: 'account', name: toAccount },
    { kind: 'username', name: toUsername },
    { kind: 'capability', name: toCapability },
  ] as const;
  const given = targets.flatMap(({ kind, name }) => (name === undefined ? [] : [{ kind, name }]));
  const [target] = given;
  if (target && given.length === 1 && target.name.trim() !== '') return target;
  throw new ProtocolError('invalid_option', 'give one of --to-account, --to-username and --to-capability');
}

/** @throws {ProtocolError} `invalid_option`, `invalid_payload` */
export function outgoingMessage(payload: string, flags: MessageFlags): OutgoingMessage {
  const { threadId, parentMessageId, idempotencyKey, ttlMs } = flags;
  const target = targetOf(flags);
  return {
    target,
    payload: parsePayload(payload),
    ...(threadId === undefined ? {} : { threadId }),
    ...(parentMessageId === undefined ? {} : { parentMessageId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
}
