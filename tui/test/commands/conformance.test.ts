import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentnet } from '../agentnet-process.js';

const recorded = fileURLToPath(new URL('../../../contract-tests/traces/recorded/', import.meta.url));
const conformance = (...args: string[]) => agentnet(['conformance', ...args]);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentnet-conformance-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('agentnet conformance', () => {
  test('given good traffic, when it is judged, then it conforms and the exit code is 0', async () => {
    const { code, output } = await conformance('--trace', join(recorded, '05-send-with-receipts.jsonl'));
    expect({ code, output }).toEqual({ code: 0, output: '1 passed, 0 failed, 0 not offered' });
  });

  test('given the first version’s traffic, when it is judged, then rule, frames and expectation are told, and reports are written', async () => {
    const [junit, markdown] = [join(folder, 'report.xml'), join(folder, 'report.md')];
    const { code, output } = await conformance(
      '--trace',
      recorded,
      '--workers',
      '2',
      '--junit',
      junit,
      '--markdown',
      markdown,
    );
    expect(code).toBe(1);
    for (const part of [
      'inbox.ttl.dequeue',
      '#212',
      'expected: rejected expired',
      'inbox.rate-limit.forged',
      'history.payload',
    ])
      expect(output).toContain(part);
    expect(await readFile(junit, 'utf8')).toContain('name="51-ttl-not-rechecked-at-dequeue"');
    expect(await readFile(markdown, 'utf8')).toContain(
      '| 36-oversized-256001 | recording | **failed** | message.size.reply |',
    );
  });

  test('given a pattern of rules, when traffic is judged for programs, then only such findings are in one JSON document', async () => {
    const { code, output } = await conformance('--trace', recorded, '--rules', 'message.size.*', '--json');
    const { cases, failed } = JSON.parse(output);
    expect({ code, failed }).toEqual({ code: 1, failed: 1 });
    expect(cases.flatMap(({ rules }: { rules: string[] }) => rules)).toEqual(['message.size.reply']);
  });

  test.each([
    [[], 'name --peer, --registry or --trace', 1],
    [['--trace', 'no-such-file'], 'no-such-file cannot be read', 1],
    [['--registry', 'nats://127.0.0.1:1'], '[connect_failed]', 2],
    [['--registry', '--rules', 'nothing.*'], 'no scenario proves "nothing.*"', 1],
    [['--trace', recorded, '--workers', '0'], '--workers must be a whole number', 1],
    [
      ['--trace', recorded, '--junit', join('no', 'such', 'folder', 'x.xml')],
      '--junit: the report cannot be written',
      1,
    ],
  ])('given %j, when it is asked, then it is refused with the reason', async (args, why, expected) => {
    const { code, errors } = await conformance(...args);
    expect(errors).toContain(why);
    expect(code).toBe(expected);
  });

  test('given a recording that is none, when it is judged, then the line is named and what belongs into it', async () => {
    const file = join(folder, 'broken.jsonl');
    await writeFile(file, '{"x":1}\n');
    const { code, errors } = await conformance('--trace', file);
    expect(code).toBe(1);
    expect(errors).toContain('broken.jsonl line 1 is no frame');
    expect(errors).toContain('each line has n, subject, reply, bytes, payload and dt_ms');
  });
});
