import type { Coverage, CoverageRow } from './coverage.js';
import { coverageLine } from './coverage.js';

const title = 'Rules, scenarios, implementations';
const legend =
  'A number says how many scenarios an implementation plays for the rule. A rule without scenarios names the test that covers it and why no wire can show it.';

/** The coverage as Markdown. */
export function coverageMarkdown(coverage: Coverage): string {
  const names = coverage.columns.map(({ name }) => name);
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = coverage.rows.map((each) => row([`\`${each.rule}\``, each.level, ...cellsOf(each), howOf(each, '`')]));
  return [
    `# ${title}`,
    '',
    `Written by \`npm run conformance -- --write-coverage\`. ${legend}`,
    '',
    coverageLine(coverage),
    '',
    row(['Rule', 'Level', ...names, 'Scenarios']),
    row(['---', '---', ...names.map(() => '---:'), '---']),
    ...lines,
    '',
  ].join('\n');
}

/** The coverage as a page of its own. */
export function coverageHtml(coverage: Coverage): string {
  const names = coverage.columns.map(({ name }) => `<th>${escaped(name)}</th>`).join('');
  const rows = coverage.rows.map(
    (each) =>
      `<tr><td><code>${each.rule}</code></td><td>${each.level}</td>${cellsOf(each)
        .map((cell) => `<td class="n">${cell}</td>`)
        .join('')}<td>${escaped(howOf(each, ''))}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>body{font:14px system-ui;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .5em;text-align:left}.n{text-align:right}</style>
<h1>${title}</h1>
<p>${legend}</p>
<p>${escaped(coverageLine(coverage))}</p>
<table>
<tr><th>Rule</th><th>Level</th>${names}<th>Scenarios</th></tr>
${rows.join('\n')}
</table>
</html>
`;
}

const cellsOf = ({ counts }: CoverageRow): string[] => counts.map((count) => (count === 0 ? '' : String(count)));

function howOf({ scenarios, exclusion }: CoverageRow, quote: string): string {
  if (scenarios.length > 0) return scenarios.map((id) => `${quote}${id}${quote}`).join(', ');
  return exclusion ? `${quote}${exclusion.test}${quote}: ${exclusion.reason}` : '';
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
