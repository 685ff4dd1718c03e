import { createTraceState, TraceFlags } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { parentIn, readTraceContext, traceIdIn, writeTraceContext } from '../../src/tracing/trace-context.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const sampled = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };

describe('traceparent [trace.header, trace.header.malformed]', () => {
  it('given a span, when its headers are written and read, then it is the same span', () => {
    expect(writeTraceContext(sampled)).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    expect(readTraceContext(writeTraceContext(sampled))).toEqual(sampled);
    const unsampled = { ...sampled, traceFlags: TraceFlags.NONE };
    expect(readTraceContext(writeTraceContext(unsampled))).toEqual(unsampled);
  });

  it('given a trace state, when it travels, then it stays; a malformed one is left out', () => {
    const written = writeTraceContext({ ...sampled, traceState: createTraceState('a=1,b=2') });
    expect(written).toEqual({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=1,b=2' });
    expect(readTraceContext(written)?.traceState?.serialize()).toBe('a=1,b=2');
    const rubbish = readTraceContext({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: '\u0000,=,A B=\u001b' });
    expect(rubbish && writeTraceContext(rubbish)).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  });

  it('given a later version with more parts, when it is read, then its first four count', () => {
    expect(readTraceContext({ traceparent: `cc-${traceId}-${spanId}-03-more` })).toEqual(sampled);
  });

  it.each([
    '',
    'rubbish',
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`,
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    ` 00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-0x`,
    `00-${traceId}-${spanId}-01\n`,
    'a'.repeat(8000),
  ])('given %j, when it is read, then there is no parent', (traceparent) => {
    expect(readTraceContext({ traceparent })).toBeUndefined();
  });
});

describe('trace ids [trace.id, trace.parent.none]', () => {
  it.each([traceId, `${'0'.repeat(31)}1`])('given %s, when it is looked at, then it is a trace id', (id) => {
    expect(traceIdIn(id)).toBe(id);
  });

  it.each([
    undefined,
    '',
    'job-42',
    traceId.toUpperCase(),
    '0'.repeat(32),
    `${traceId}0`,
    `${traceId}\n`,
  ])('given %j, when it is looked at, then it is none', (id) => {
    expect(traceIdIn(id)).toBeUndefined();
  });

  it('given a trace id and nothing else, when a parent is needed, then everybody names the same', () => {
    expect(parentIn(traceId)).toEqual({ ...sampled, spanId: 'a3ce929d0e0e4736' });
    expect(parentIn(`4bf92f3577b34da6${'0'.repeat(16)}`).spanId).toBe('4bf92f3577b34da6');
  });
});
