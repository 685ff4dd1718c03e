import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readAccess } from '../src/config/read-access.js';
import { readConfig } from '../src/config/read-config.js';
import { Secret } from '../src/config/secret.js';
import { readTurns } from '../src/mesh/duo.js';
import { folderWith } from './temp-files.js';

const delivered = fileURLToPath(new URL('../mesh.yaml', import.meta.url));
const good = 'name: one\n    prompt: p.txt\n    provider: openai\n    model: m';
const anAgent = (change: (text: string) => string = (text) => text): string => `agents:\n  - ${change(good)}\n`;

function read(yaml: string, only: string[] = []) {
  return readConfig(join(folderWith({ 'mesh.yaml': yaml, 'p.txt': 'Be kind.' }), 'mesh.yaml'), only);
}

test('given the delivered file, when it is read, then three agents come with prompts and defaults', () => {
  const agents = readConfig(delivered);
  expect(agents.map(({ name, provider }) => [name, provider])).toEqual([
    ['guide', 'openai'],
    ['geographer', 'claude'],
    ['critic', 'openai'],
  ]);
  expect(agents[1]).toMatchObject({ keyEnv: 'ANTHROPIC_API_KEY', budget: { hops: 3, turns: 12 }, maxTokens: 1024 });
  expect(agents[2]).toMatchObject({ tools: [], budget: { hops: 1, turns: 4 }, maxTokens: 256 });
});

test('given --only twice, when the file is read, then these agents come, in the order of the file', () => {
  expect(readConfig(delivered, ['critic', 'guide']).map(({ name }) => name)).toEqual(['guide', 'critic']);
  expect(() => readConfig(delivered, ['nobody'])).toThrow(/--only nobody: .* it has guide, geographer, critic/);
});

describe.each([
  ['no YAML', 'agents: [', /mesh\.yaml:1: /],
  ['a list at the top', '- one', /mesh\.yaml:1: the file must be a mapping; write its members/],
  ['no agents', 'agents: []', /mesh\.yaml:1: agents is empty; describe at least one/],
  [
    'an agent without a name',
    anAgent((text) => text.replace('name: one', 'capabilities: []')),
    /:2: agents\[0\]\.name must be a text; write 1 to 64/,
  ],
  [
    'a name no registry takes',
    anAgent((text) => text.replace('one', 'Agent One')),
    /:2: agents\[0\]\.name is no username/,
  ],
  [
    'a prompt file that is not there',
    anAgent((text) => text.replace('p.txt', 'q.txt')),
    /:3: agents\[0\]\.prompt cannot be read \(ENOENT\); the path is relative/,
  ],
  [
    'an unknown provider',
    anAgent((text) => text.replace('openai', 'oracle')),
    /:4: agents\[0\]\.provider is not known; write one of openai, claude/,
  ],
  [
    'a misspelt member',
    anAgent((text) => `${text}\n    tool: [ask]`),
    /:6: agents\[0\] has the unknown member "tool"; it may have name, prompt/,
  ],
  [
    'a tool that does not exist',
    anAgent((text) => `${text}\n    tools: [ask, shell]`),
    /:6: agents\[0\]\.tools\[1\] is not known; write one of list_online/,
  ],
  [
    'tools that are no list',
    anAgent((text) => `${text}\n    tools: ask`),
    /:6: agents\[0\]\.tools must be a list; write \[one, two\]/,
  ],
  [
    'a bad capability',
    anAgent((text) => `${text}\n    capabilities: ["a b"]`),
    /:6: agents\[0\]\.capabilities\[0\] is no capability; write dotted names/,
  ],
  [
    'a budget without end',
    anAgent((text) => `${text}\n    budget: { hops: 99 }`),
    /:6: agents\[0\]\.budget\.hops is out of range; write a whole number from 0 to 16/,
  ],
  ['a name taken twice', anAgent((text) => `${text}\n  - ${text}`), /:6: agents\[1\]\.name is taken by an agent above/],
])('given %s', (_fault, yaml, complaint) => {
  test('when the file is read, then the error names line and remedy', () => {
    expect(() => read(yaml)).toThrow(complaint);
  });
});

test('given a key in the place of a variable name, when the file is read, then it is refused and not repeated', () => {
  const yaml = anAgent((text) => `${text}\n    key_env: sk-very-secret-value`);
  expect(() => read(yaml)).toThrow(/:6: agents\[0\]\.key_env is no name of a variable; write the NAME/);
  expect(() => read(yaml)).not.toThrow(/very-secret/);
});

describe('the environment', () => {
  const [agent] = readConfig(delivered, ['guide']);
  if (!agent) throw new Error('the delivered file has a guide');
  const withUrl = (url: string) => ({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: url });

  test('given no key, when access is read, then the error names the variable', () => {
    expect(() => readAccess(agent, {})).toThrow('agent guide needs OPENAI_API_KEY; export it before the start');
  });

  test.each([
    ['no address', 'localhost'],
    ['no web address', 'ftp://host'],
    ['a password in the address', 'https://user:secret@host'],
    ['an address in clear text', 'http://model.example'],
  ])('given %s, when access is read, then it is refused without repeating it', (_fault, url) => {
    expect(() => readAccess(agent, withUrl(url))).toThrow(
      /OPENAI_BASE_URL is (no address|not encrypted); write https:\/\//,
    );
    expect(() => readAccess(agent, withUrl(url))).not.toThrow(/secret/);
  });

  test('given a key, when what holds it is printed in any way, then the key is not seen', () => {
    const access = readAccess(agent, { OPENAI_API_KEY: 'sk-hidden', OPENAI_BASE_URL: 'http://127.0.0.1:1' });
    expect([inspect(access), JSON.stringify(access), `${access.key}`].join()).not.toContain('sk-hidden');
    expect(new Secret('sk-hidden').redact('key sk-hidden is wrong')).toBe('key [secret] is wrong');
  });

  test('given DEMO_TURNS, when it is read, then 4 is the default and nonsense is refused', () => {
    expect([readTurns(undefined), readTurns(''), readTurns('7')]).toEqual([4, 4, 7]);
    for (const text of ['0', '-1', '1e9', 'many']) expect(() => readTurns(text)).toThrow(/DEMO_TURNS must be/);
  });
});
