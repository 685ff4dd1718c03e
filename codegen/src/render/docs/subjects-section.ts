import type { Bucket, Channel, Header, Operation, Protocol } from '../../model/protocol.js';
import { code, schemaLink, table } from './markdown.js';

/** Every subject: who publishes, who subscribes in which queue group, and whether history records it. */
export function subjectsSection({ channels, operations, history, buckets, headers }: Protocol): string {
  const rows = channels.map((channel) => {
    const used = operations.filter((operation) => operation.channel === channel);
    return [
      code(channel.address),
      [...new Set(channel.payloads)].map(schemaLink).join(', '),
      used.map(publisher).filter(isText).join('; '),
      used.map(subscriber).filter(isText).join('; '),
      channel.isCaptured ? 'yes' : 'no',
      channel.description,
    ];
  });
  const parameters = channels.flatMap((channel) =>
    channel.parameters.map((parameter) => parameterRow(channel, parameter)),
  );
  return `## Subjects

${table(['Subject', 'Bodies', 'Published by', 'Subscribed by (queue group)', 'Recorded', 'Meaning'], rows)}

Values of the parameters are checked before they become part of a subject:

${table(['Parameter', 'Of', 'Grammar', 'NATS wildcard', 'Meaning'], parameters)}

History is the JetStream stream ${code(history.stream)}, written by the durable consumer ${code(history.consumer)}; receipts are kept for the record in ${code(history.receiptStream)}, written by ${code(history.receiptConsumer)}; the tap on plain reply inboxes subscribes in the queue group ${code(history.tapQueue)}.${namesTable('JetStream bucket', buckets)}${namesTable('NATS header', headers)}`;
}

function namesTable(title: string, named: readonly (Bucket | Header)[]): string {
  if (named.length === 0) return '';
  const rows = named.map(({ name, description }) => [code(name), description]);
  return `\n\n${table([title, 'Meaning'], rows)}`;
}

const isText = (text: string): boolean => text !== '';

function publisher({ role, action, name }: Operation): string {
  if (role !== 'message') return `agents (${code(name)})`;
  return action === 'send' ? `agents (${code(name)})` : '';
}

function subscriber({ role, action, name, queue }: Operation): string {
  const group = queue === undefined ? 'no group' : code(queue);
  if (role !== 'message') return `registries (${group})`;
  return action === 'receive' ? `agents (${code(name)}, ${group})` : '';
}

function parameterRow(
  channel: Channel,
  { name, schema, isMultiToken, description }: Channel['parameters'][number],
): string[] {
  return [
    code(`{${name}}`),
    code(channel.address),
    schemaLink(schema),
    isMultiToken ? code('>') : code('*'),
    description,
  ];
}
