import { matchSubject, subjectPatterns } from '@agentnet/protocol';
import type { Attributes } from '@opentelemetry/api';

/** How spans name the place a message goes to: few names, whatever the number of accounts. */
export interface Destination {
  readonly name: string;
  readonly attributes: Attributes;
}

/** Subject of a message as a destination of the messaging conventions. */
export function destinationOf(subject: string): Destination {
  const name = { 'messaging.system': 'nats', 'messaging.destination.name': subject };
  if (matchSubject.plainInbox(subject))
    return { name: '(temporary)', attributes: { ...name, 'messaging.destination.temporary': true } };
  if (!matchSubject.accountInbox(subject)) return { name: subject, attributes: name };
  const template = subjectPatterns.accountInbox;
  return { name: template, attributes: { ...name, 'messaging.destination.template': template } };
}
