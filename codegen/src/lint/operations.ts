import { joinPointer, valueAt } from '../load/json-pointer.js';
import { parameterNames } from '../model/build-protocol.js';
import { payloadName } from '../model/follow-reference.js';
import type { RawChannel, RawOperation, RawReference } from '../model/raw-spec.js';
import type { LintContext, LintRule } from './lint-rule.js';

/** Every operation uses a channel of its own role, with messages of that channel, and names what its role needs. */
export const operations: LintRule = (context) => {
  for (const [name, operation] of Object.entries(context.spec.operations)) {
    const at = joinPointer('/operations', name);
    const channel = channelOf(operation.channel, joinPointer(at, 'channel'), context);
    checkMembership(operation.messages, operation.channel, joinPointer(at, 'messages'), context);
    if (channel?.address === null)
      context.report(
        joinPointer(at, 'channel'),
        'the channel has no address',
        'Give the channel an address; only reply channels have none.',
      );
    checkQueue(operation, channel, at, context);
    if (operation['x-role'] === 'rpc') checkRpc(operation, channel, at, context);
    else checkOneWay(operation, at, context);
  }
};

function checkRpc(operation: RawOperation, channel: RawChannel | undefined, at: string, context: LintContext): void {
  const { report } = context;
  if (operation.action !== 'send')
    report(
      joinPointer(at, 'action'),
      'an rpc is not sent',
      'Write `action: send`: actions are from the point of view of an agent.',
    );
  if (operation.messages.length !== 1)
    report(joinPointer(at, 'messages'), 'an rpc has more than one request message', 'Leave one.');
  if (channel?.address?.includes('{'))
    report(joinPointer(at, 'channel'), 'the subject of an rpc has parameters', 'Put them into the request.');
  checkTimeout(operation, at, context);
  if (operation['x-errors'] === undefined)
    report(at, 'an rpc without x-errors', 'List the refusals with their exact texts.');
  if (operation.reply === undefined) {
    report(at, 'an rpc without a reply', 'Add `reply` with a channel and the messages [success, ErrorReply].');
    return;
  }
  const replyAt = joinPointer(at, 'reply');
  const replyChannel = channelOf(operation.reply.channel, joinPointer(replyAt, 'channel'), context);
  if (replyChannel && replyChannel.address !== null)
    report(
      joinPointer(replyAt, 'channel'),
      'the reply channel of an rpc has an address',
      'Set `address: null`: the requester chooses the subject.',
    );
  checkMembership(operation.reply.messages, operation.reply.channel, joinPointer(replyAt, 'messages'), context);
  checkReplies(operation.reply.messages, joinPointer(replyAt, 'messages'), context);
}

function checkReplies(messages: readonly RawReference[], at: string, { spec, report }: LintContext): void {
  if (messages.length !== 2) {
    report(at, 'an rpc has not exactly two reply messages', 'List the success first and the refusal second.');
    return;
  }
  const [success, refusal] = messages.map((message) => {
    const name = payloadName(spec, message);
    return name === undefined ? undefined : spec.components.schemas[name];
  });
  if (hasField(success, 'error'))
    report(
      joinPointer(at, 0),
      'the success reply has a field `error`',
      'Call it something else: clients take a reply with `error` for a refusal.',
    );
  const required = Array.isArray(refusal?.required) ? refusal.required : [];
  if (refusal && !required.includes('error'))
    report(joinPointer(at, 1), 'the refusal does not require the field `error`', 'Use ErrorReply.');
}

function checkOneWay(operation: RawOperation, at: string, { report }: LintContext): void {
  if (operation['x-role'] === 'event' && operation.messages.length !== 1)
    report(joinPointer(at, 'messages'), 'an event has more than one message', 'Leave one.');
  for (const key of ['reply', 'x-errors', 'x-timeout', 'x-body'] as const) {
    if (operation[key] !== undefined)
      report(joinPointer(at, key), `\`${key}\` on an operation that is no rpc`, 'Remove it, or set `x-role: rpc`.');
  }
}

function checkQueue(
  operation: RawOperation,
  channel: RawChannel | undefined,
  at: string,
  { report }: LintContext,
): void {
  const queue = operation.bindings?.nats?.queue;
  const place = joinPointer(at, 'bindings', 'nats', 'queue');
  if (queue === undefined) {
    if (operation['x-role'] !== 'message')
      report(
        at,
        'a registry operation without a queue group',
        'Add `bindings: { nats: { queue: ... } }`, or every registry process answers.',
      );
    return;
  }
  if (/[\s.*>]/.test(queue))
    report(
      place,
      `the queue group '${queue}' holds white space, a dot or a wildcard`,
      'Use letters, digits, - and {parameter}.',
    );
  for (const name of parameterNames(queue)) {
    if (!channel?.parameters || !Object.hasOwn(channel.parameters, name))
      report(place, `the channel has no parameter {${name}}`, 'Use a parameter of the channel.');
  }
}

function checkTimeout(operation: RawOperation, at: string, { spec, report }: LintContext): void {
  const name = operation['x-timeout'];
  if (name === undefined) {
    report(at, 'an rpc without x-timeout', "Name the limit that is the client's default timeout.");
    return;
  }
  const limit = spec['x-limits'][name];
  if (limit?.unit !== 'ms')
    report(
      joinPointer(at, 'x-timeout'),
      limit ? `the limit '${name}' is in ${limit.unit}` : `there is no limit '${name}'`,
      'Name a limit of x-limits in ms.',
    );
}

function channelOf(reference: RawReference, at: string, { spec, report }: LintContext): RawChannel | undefined {
  const name = /^#\/channels\/([^/]+)$/.exec(reference.$ref)?.[1];
  const channel = name === undefined ? undefined : spec.channels[name];
  if (!channel) report(at, `'${reference.$ref}' is no channel`, 'Refer to #/channels/<name>.');
  return channel;
}

function checkMembership(
  messages: readonly RawReference[],
  channel: RawReference,
  at: string,
  { spec, report }: LintContext,
): void {
  for (const [index, { $ref }] of messages.entries()) {
    const belongs = $ref.startsWith(`${channel.$ref}/messages/`) && valueAt(spec, $ref.slice(1)) !== undefined;
    if (!belongs)
      report(
        joinPointer(at, index),
        `'${$ref}' is not a message of ${channel.$ref}`,
        `Add it to that channel's messages and refer to ${channel.$ref}/messages/<name>.`,
      );
  }
}

function hasField(schema: unknown, field: string): boolean {
  const properties = (schema as { properties?: object } | undefined)?.properties;
  return properties !== undefined && Object.hasOwn(properties, field);
}
