import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/threat-model.md');
const [threats = '', titles = ''] = page.split('## Tests without a rule\n');

const cellsOf = (line: string): string[] => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (threat|name) \|/.test(line))
    .map(cellsOf);

const rows = rowsOf(threats);
const tests = rowsOf(titles).map(([name = '', link = '', title = '']) => {
  const [, shown = '', target = ''] = /^\[(.*)\]\((.*)\)$/.exec(link) ?? [];
  return { name, shown, path: join('docs', target), title };
});
const namesOf = (row: readonly string[]): string[] =>
  [...(row.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
const cited = [...new Set(rows.flatMap(namesOf))];
const named = new Set(tests.map(({ name }) => name));

/** Files that prove rules: they cite them by id. */
const proving = ['contract-tests', 'registry/test', 'sdk/typescript/test', 'sdk/python/tests', 'tui/test']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .filter((path) => /\.ts$|\/test_\w+\.py$/.test(path) && !/node_modules|\/dist\//.test(path))
  .map(read)
  .join('\n');

test('given the threat model, when its rows are read, then each has a threat, a defence, what remains and a test', () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter((row) => row.length !== 4 || row.includes(''))).toEqual([]);
  expect(rows.filter((row) => namesOf(row).length === 0)).toEqual([]);
});

test('given the rules the threat model cites, when they are looked up, then the specification has each and a test cites it', () => {
  const ids = new Set([...read('spec/rules.yaml').matchAll(/^- id: (\S+)$/gm)].map(([, id = '']) => id));
  const rules = cited.filter((name) => !named.has(name));
  expect(rules.filter((rule) => !ids.has(rule))).toEqual([]);
  const isCited = (rule: string) => new RegExp(`['"[, ]${rule.replaceAll('.', '\\.')}['"\\], ]`).test(proving);
  expect(rules.filter((rule) => !isCited(rule))).toEqual([]);
});

describe.each(tests)('$name', ({ name, shown, path, title }) => {
  test('given the test the threat model names, when its file is read, then it is there under this title, and a threat cites it', () => {
    expect(path).toBe(shown);
    const [before, after] = path.endsWith('.py') ? ['def ', '('] : ["'", ''];
    expect(read(path).replaceAll("\\'", "'").replaceAll('’', "'")).toContain(`${before}${title}${after}`);
    expect(cited).toContain(name);
  });
});

test('given the defects of identity and security of the first version, when they are looked for, then the threat model answers each', () => {
  const security = ['D-01', 'D-02', 'D-03', 'D-04', 'D-05', 'D-07', 'D-08', 'D-10', 'D-11', 'D-12', 'D-53', 'D-54'];
  const further = ['D-41', 'D-51', 'D-52', 'D-58', 'D-59', 'D-60', 'D-66'];
  expect([...security, ...further].filter((defect) => !page.includes(defect))).toEqual([]);
});
