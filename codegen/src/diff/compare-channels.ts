import type { Channel, Protocol } from '../model/protocol.js';
import { type Change, pairByName } from './change.js';

/** Subjects that went, came, moved, or are recorded differently. */
export function compareChannels(before: Protocol, after: Protocol): Change[] {
  const { removed, added, kept } = pairByName(before.channels, after.channels, ({ name }) => name);
  const renamed = new Map(
    removed.flatMap((old): [string, string][] => {
      const twin = added.find(({ address }) => wildcards(address) === wildcards(old.address));
      return twin ? [[old.name, twin.name]] : [];
    }),
  );
  return [
    ...removed.map(({ name, address }): Change => {
      const twin = renamed.get(name);
      if (twin) return { effect: 'SOURCE', where: `channels/${name}`, what: `is now called ${twin}` };
      return { effect: 'WIRE', where: `channels/${name}`, what: `the subject ${address} is gone` };
    }),
    ...added
      .filter(({ name }) => ![...renamed.values()].includes(name))
      .map(
        ({ name, address }): Change => ({
          effect: 'SAFE',
          where: `channels/${name}`,
          what: `the subject ${address} is new`,
        }),
      ),
    ...kept.flatMap((channel) => compareChannel(channel.before, channel.after)),
  ];
}

function compareChannel(before: Channel, after: Channel): Change[] {
  const where = `channels/${after.name}`;
  const changes: Change[] = [];
  if (wildcards(before.address) !== wildcards(after.address)) {
    changes.push({ effect: 'WIRE', where, what: `the subject was ${before.address}, is ${after.address}` });
  } else if (before.address !== after.address) {
    changes.push({
      effect: 'SOURCE',
      where,
      what: `parameters were renamed: ${before.address} is now ${after.address}`,
    });
  }
  if (before.isCaptured !== after.isCaptured) {
    changes.push({
      effect: after.isCaptured ? 'SAFE' : 'WIRE',
      where,
      what: after.isCaptured ? 'is now recorded' : 'is no longer recorded',
    });
  }
  for (const [index, parameter] of after.parameters.entries()) {
    const old = before.parameters[index];
    if (!old) continue;
    const at = `${where}/${parameter.name}`;
    if (old.pattern !== parameter.pattern)
      changes.push({ effect: 'WIRE', where: at, what: `the grammar was ${old.pattern}, is ${parameter.pattern}` });
    if (old.isMultiToken !== parameter.isMultiToken)
      changes.push({
        effect: 'WIRE',
        where: at,
        what: `${parameter.isMultiToken ? 'may now hold' : 'may no longer hold'} dots`,
      });
    if (old.description !== parameter.description)
      changes.push({ effect: 'DOC', where: at, what: 'the description changed' });
  }
  if (before.description !== after.description) changes.push({ effect: 'DOC', where, what: 'the description changed' });
  return changes;
}

const wildcards = (address: string): string => address.replace(/\{[^{}]*\}/g, '{}');
