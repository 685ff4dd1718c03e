import { isDeepStrictEqual } from 'node:util';
import type { Limit, Protocol } from '../model/protocol.js';
import { type Change, pairByName } from './change.js';

/** Changes of error codes, limits, rules, history names and the document's own words. */
export function compareFacts(before: Protocol, after: Protocol): Change[] {
  return [
    ...compareErrorCodes(before, after),
    ...compareLimits(before, after),
    ...compareRules(before, after),
    ...compareDocument(before, after),
  ];
}

function compareErrorCodes(before: Protocol, after: Protocol): Change[] {
  const { removed, added, kept } = pairByName(before.errorCodes, after.errorCodes, ({ code }) => code);
  return [
    ...removed.map(({ code }): Change => ({ effect: 'SOURCE', where: `error-codes/${code}`, what: 'is gone' })),
    ...added.map(({ code }): Change => ({ effect: 'SAFE', where: `error-codes/${code}`, what: 'is new' })),
    ...kept.flatMap(({ before: old, after: fresh }) => {
      const where = `error-codes/${fresh.code}`;
      const changes: Change[] = [];
      if (!isDeepStrictEqual(old.wireTexts, fresh.wireTexts))
        changes.push({
          effect: 'WIRE',
          where,
          what: `the exact text was ${JSON.stringify(old.wireTexts)}, is ${JSON.stringify(fresh.wireTexts)}`,
        });
      if (old.isRetryable !== fresh.isRetryable)
        changes.push({ effect: 'SOURCE', where, what: `retryable was ${old.isRetryable}, is ${fresh.isRetryable}` });
      if (old.origin !== fresh.origin)
        changes.push({ effect: 'SOURCE', where, what: `the origin was ${old.origin}, is ${fresh.origin}` });
      if (old.text !== fresh.text) changes.push({ effect: 'DOC', where, what: 'the text changed' });
      return changes;
    }),
  ];
}

function compareLimits(before: Protocol, after: Protocol): Change[] {
  const { removed, added, kept } = pairByName(before.limits, after.limits, ({ name }) => name);
  return [
    ...removed.map(({ name }): Change => ({ effect: 'SOURCE', where: `limits/${name}`, what: 'is gone' })),
    ...added.map(({ name }): Change => ({ effect: 'SAFE', where: `limits/${name}`, what: 'is new' })),
    ...kept.flatMap((limit) => compareLimit(limit.before, limit.after)),
  ];
}

/** Peers must agree on sizes; times, counts and defaults are each side's own. */
function compareLimit(before: Limit, after: Limit): Change[] {
  const where = `limits/${after.name}`;
  const changes: Change[] = [];
  const isAgreed = after.name.includes('Max') && ['bytes', 'characters'].includes(after.unit);
  if (before.unit !== after.unit)
    changes.push({ effect: 'SOURCE', where, what: `was in ${before.unit}, is in ${after.unit}` });
  if (before.value !== after.value) {
    changes.push({ effect: isAgreed ? 'WIRE' : 'SAFE', where, what: `was ${before.value}, is ${after.value}` });
  }
  if (before.description !== after.description) changes.push({ effect: 'DOC', where, what: 'the description changed' });
  return changes;
}

function compareRules(before: Protocol, after: Protocol): Change[] {
  const { removed, added, kept } = pairByName(before.rules, after.rules, ({ id }) => id);
  return [
    ...removed.map(({ id }): Change => ({ effect: 'SOURCE', where: `rules/${id}`, what: 'is gone' })),
    ...added.map(({ id }): Change => ({ effect: 'SAFE', where: `rules/${id}`, what: 'is new' })),
    ...kept
      .filter((rule) => !isDeepStrictEqual(rule.before, rule.after))
      .map(
        (rule): Change => ({
          effect: 'DOC',
          where: `rules/${rule.after.id}`,
          what: 'the text, level or cases changed',
        }),
      ),
  ];
}

function compareNames(group: 'buckets' | 'headers', before: Protocol, after: Protocol): Change[] {
  const names = new Map(before[group].map(({ key, name }) => [key, name]));
  return after[group].flatMap(({ key, name }): Change[] => {
    const was = names.get(key);
    if (was === undefined || was === name) return [];
    return [{ effect: 'WIRE', where: `${group}/${key}`, what: `was ${was}, is ${name}` }];
  });
}

function compareDocument(before: Protocol, after: Protocol): Change[] {
  const changes: Change[] = [];
  for (const key of ['stream', 'consumer', 'receiptStream', 'receiptConsumer', 'tapQueue'] as const) {
    const [was, is] = [before.history[key], after.history[key]];
    if (was !== undefined && was !== is)
      changes.push({ effect: 'WIRE', where: `history/${key}`, what: `was ${was}, is ${is}` });
  }
  changes.push(...compareNames('buckets', before, after), ...compareNames('headers', before, after));
  for (const key of ['title', 'version', 'description'] as const) {
    if (before[key] !== after[key]) changes.push({ effect: 'DOC', where: `info/${key}`, what: 'changed' });
  }
  return changes;
}
