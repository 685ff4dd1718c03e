import { describe, expect, test } from 'vitest';
import { logAxis, plotScenario } from '../src/plot.js';
import { aResult, aSide } from './figure-builder.js';

const drawn = (svg: string, element: string): number => svg.split(`<${element} `).length - 1;

describe('a plot', () => {
  test('given a row of calls with two sides, when it is drawn, then each side has its median, two percentiles and maximum', () => {
    const svg = plotScenario('ask', [aResult()]);
    expect(drawn(svg, 'circle')).toBe(8);
    expect(svg).toContain('>1 in flight</text>');
    expect(svg).toContain('>AgentNet</text>');
  });

  test('given rows of two kinds, when they are drawn, then each kind has an axis of its own', () => {
    const bulk = aResult({ name: 'many', kind: 'bulk', sides: [aSide('AgentNet', {}), aSide('raw', {})] });
    const svg = plotScenario('stream', [aResult(), bulk]);
    expect(svg).toContain('latency, ms');
    expect(svg).toContain('items per second (right is better)');
  });

  test('given a name with signs of markup, when it is drawn, then they are written as text', () => {
    expect(plotScenario('a & b', [aResult({ name: '<1 in flight>' })])).toMatch(/a &amp; b[\s\S]*&lt;1 in flight&gt;/);
  });

  test('given the same results, when they are drawn twice, then the bytes are the same', () => {
    expect(plotScenario('ask', [aResult()])).toBe(plotScenario('ask', [aResult()]));
  });

  test('given values of several sizes, when their axis is made, then it spans whole decades and a decade is always as long', () => {
    const { ticks, place } = logAxis([0.5, 20]);
    expect(ticks).toEqual([0.1, 1, 10, 100]);
    expect(place(10) - place(1)).toBeCloseTo(place(1) - place(0.1));
    expect(place(1)).toBeLessThan(place(2));
  });

  test('given a value of nothing, when it is placed, then it is at the beginning of the axis', () => {
    const { place } = logAxis([1, 10]);
    expect(place(0)).toBe(place(1));
  });

  test('given no value above nothing, when its axis is made, then it has one tick', () => {
    expect(logAxis([]).ticks).toEqual([1]);
  });
});
