import { joinPointer } from '../load/json-pointer.js';
import { parameterNames } from '../model/build-protocol.js';
import { payloadName } from '../model/follow-reference.js';
import type { RawChannel } from '../model/raw-spec.js';
import type { LintContext, LintRule } from './lint-rule.js';

/** Values that must never get into a subject. */
const hostileTokens = ['', '.', '*', '>', 'a.', '.a', 'a..b', 'a b', 'a\tb', 'a\rb', 'a\nb', 'a\n', 'a*', 'a.>', '>.a'];

/** Every address is a NATS subject whose parameters are declared, and no two channels share one. */
export const channels: LintRule = (context) => {
  const { spec, report } = context;
  const patterns = new Map<string, string>();
  for (const [name, channel] of Object.entries(spec.channels)) {
    const at = joinPointer('/channels', name);
    for (const [key, message] of Object.entries(channel.messages)) {
      if (payloadName(spec, message) === undefined) {
        report(
          joinPointer(at, 'messages', key),
          'the message carries no component schema',
          'Refer to a message whose payload is a $ref to components.schemas.',
        );
      }
    }
    if (channel.address === null) continue;
    checkAddress(channel.address, at, context);
    checkParameters(channel, channel.address, at, context);
    const pattern = channel.address.replace(/\{[^{}]*\}/g, '*');
    const twin = patterns.get(pattern);
    if (twin !== undefined)
      report(
        joinPointer(at, 'address'),
        `the address is the same as that of '${twin}'`,
        'Remove one of the channels, or change its address.',
      );
    patterns.set(pattern, name);
  }
};

function checkAddress(address: string, at: string, { report }: LintContext): void {
  const isSubject = address.split('.').every((token) => /^(\{[^{}]+\}|[A-Za-z0-9_-]+)$/.test(token));
  if (isSubject) return;
  report(
    joinPointer(at, 'address'),
    `'${address}' is not a NATS subject`,
    'Use dotted tokens of letters, digits, _ and -, or {parameter} for a whole token.',
  );
}

function checkParameters(channel: RawChannel, address: string, at: string, { spec, report }: LintContext): void {
  const used = parameterNames(address);
  const declared = channel.parameters ?? {};
  for (const name of used) {
    if (!Object.hasOwn(declared, name))
      report(
        joinPointer(at, 'address'),
        `the parameter {${name}} is not declared`,
        'Add it under `parameters` with a description and x-schema.',
      );
    if (used.indexOf(name) !== used.lastIndexOf(name))
      report(joinPointer(at, 'address'), `the parameter {${name}} occurs twice`, 'Give each its own name.');
  }
  for (const [name, parameter] of Object.entries(declared)) {
    const place = joinPointer(at, 'parameters', name);
    if (!used.includes(name))
      report(place, `the address has no {${name}}`, 'Remove the parameter, or use it in the address.');
    const isMultiToken = parameter['x-multi-token'] === true;
    if (isMultiToken && !address.endsWith(`.{${name}}`))
      report(
        place,
        'a parameter of several tokens is not the last token',
        'NATS knows `>` only at the end of a subject; move it there.',
      );
    const pattern = spec.components.schemas[parameter['x-schema']]?.pattern;
    if (typeof pattern !== 'string') {
      report(
        joinPointer(place, 'x-schema'),
        `'${parameter['x-schema']}' is no component schema with a pattern`,
        'Name a text schema whose pattern is the grammar of the parameter.',
      );
      continue;
    }
    const accepted = hostileTokens.filter((token) => accepts(pattern, token));
    if (!isMultiToken && accepts(pattern, 'a.b')) accepted.push('a.b');
    if (accepted.length > 0) {
      report(
        joinPointer(place, 'x-schema'),
        `the pattern of '${parameter['x-schema']}' accepts ${accepted.map((token) => JSON.stringify(token)).join(', ')}`,
        'Tighten the pattern: such a value would widen, split or break the subject.',
      );
    }
  }
}

function accepts(pattern: string, token: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(token);
  } catch {
    return false;
  }
}
