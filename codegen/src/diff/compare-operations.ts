import type { Operation, Protocol } from '../model/protocol.js';
import { type Change, pairByName } from './change.js';
import { judge, namesOf } from './compare-schemas.js';
import { compareShapes, type Names } from './compare-shapes.js';
import type { Position } from './positions.js';

/** Operations that went, came, or behave differently. Their bodies are compared as schemas, unless they have become other schemas. */
export function compareOperations(before: Protocol, after: Protocol): Change[] {
  const { removed, added, kept } = pairByName(before.operations, after.operations, ({ name }) => name);
  const names = namesOf(before, after);
  const isSame = (one: Operation, other: Operation) =>
    one.channel.address === other.channel.address && one.role === other.role && one.action === other.action;
  const renamed = new Map(
    removed.flatMap((old): [string, string][] => {
      const twin = added.find((candidate) => isSame(old, candidate));
      return twin ? [[old.name, twin.name]] : [];
    }),
  );
  return [
    ...removed.map(({ name, channel }): Change => {
      const twin = renamed.get(name);
      if (twin) return { effect: 'SOURCE', where: `operations/${name}`, what: `is now called ${twin}` };
      return { effect: 'WIRE', where: `operations/${name}`, what: `is gone from ${channel.address}` };
    }),
    ...added
      .filter(({ name }) => ![...renamed.values()].includes(name))
      .map(({ name }): Change => ({ effect: 'SAFE', where: `operations/${name}`, what: 'is new' })),
    ...kept.flatMap((operation) => compareOperation(operation.before, operation.after, names)),
  ];
}

function compareOperation(before: Operation, after: Operation, names: Names): Change[] {
  const where = `operations/${after.name}`;
  const changes: Change[] = [];
  const wire = (what: string) => changes.push({ effect: 'WIRE', where, what });
  if (before.role !== after.role || before.action !== after.action)
    wire(`was ${before.action} ${before.role}, is ${after.action} ${after.role}`);
  if (before.channel.name !== after.channel.name && before.channel.address !== after.channel.address)
    wire(`was on ${before.channel.address}, is on ${after.channel.address}`);
  if (before.queue !== after.queue) wire(`the queue group was ${before.queue ?? 'none'}, is ${after.queue ?? 'none'}`);
  if (before.ignoresMalformedBody !== after.ignoresMalformedBody) {
    if (before.ignoresMalformedBody) wire('malformed bodies are now refused');
    else changes.push({ effect: 'SAFE', where, what: 'malformed bodies now count as {}' });
  }
  const reads: ReadonlySet<Position> = new Set([
    after.role === 'message' && after.action === 'send' ? 'written' : 'read',
  ]);
  changes.push(...compareBody(before.requests[0], after.requests[0], `${where}/request`, names, reads));
  const both: ReadonlySet<Position> = new Set(['read', 'written']);
  changes.push(...compareBody(before.reply, after.reply, `${where}/reply`, names, both));
  changes.push(...compareBody(before.errorReply, after.errorReply, `${where}/error`, names, both));
  changes.push(...compareErrors(before, after, where));
  if (before.timeout !== after.timeout)
    changes.push({
      effect: 'SAFE',
      where,
      what: `the timeout was ${before.timeout ?? 'none'}, is ${after.timeout ?? 'none'}`,
    });
  if (before.summary !== after.summary || before.description !== after.description)
    changes.push({ effect: 'DOC', where, what: 'the description changed' });
  return changes;
}

function compareBody(
  before: string | undefined,
  after: string | undefined,
  where: string,
  names: Names,
  positions: ReadonlySet<Position>,
): Change[] {
  if (before === after) return [];
  if (before === undefined || after === undefined)
    return [{ effect: 'WIRE', where, what: after === undefined ? 'is gone' : 'is new' }];
  const differences = compareShapes({ kind: 'reference', name: before }, { kind: 'reference', name: after }, names);
  return judge(differences, where, positions);
}

function compareErrors(before: Operation, after: Operation, where: string): Change[] {
  const { removed, added, kept } = pairByName(before.errors, after.errors, ({ code, field }) =>
    field === undefined ? code : `${code} ${field}`,
  );
  return [
    ...removed.map(({ code }): Change => ({ effect: 'SOURCE', where: `${where}/errors/${code}`, what: 'is gone' })),
    ...added.map(({ code }): Change => ({ effect: 'SAFE', where: `${where}/errors/${code}`, what: 'is new' })),
    ...kept
      .filter((error) => error.before.error !== error.after.error)
      .map(
        (error): Change => ({
          effect: 'WIRE',
          where: `${where}/errors/${error.after.code}`,
          what: `the exact text was "${error.before.error}", is "${error.after.error}"`,
        }),
      ),
  ];
}
