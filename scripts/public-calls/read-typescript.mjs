// Prints the public calls of the TypeScript SDK as JSON: `calls` has for each exported class its members, under "" the exported functions,
// each with its name and what a caller writes; `names` has all exported names, those of types included.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const source = join(dirname(fileURLToPath(import.meta.url)), '../../sdk/typescript/src');
const index = parse(join(source, 'index.ts'));
const calls = { '': {} };
for (const { name, file } of exportedValues()) {
  for (const statement of parse(join(source, file)).statements) {
    if (statement.name?.text !== name) continue;
    if (ts.isFunctionDeclaration(statement)) calls[''][name] = written(name, statement);
    if (ts.isClassDeclaration(statement)) calls[name] = members(statement);
  }
}
const names = exports().flatMap(({ exportClause }) => exportClause.elements.map(({ name }) => name.text));
process.stdout.write(`${JSON.stringify({ calls, names })}\n`);

function exports() {
  return index.statements.filter((statement) => ts.isExportDeclaration(statement));
}

function exportedValues() {
  return exports()
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .flatMap(({ exportClause, moduleSpecifier }) =>
      exportClause.elements
        .filter((element) => !element.isTypeOnly && moduleSpecifier.text.startsWith('./'))
        .map((element) => ({ name: element.name.text, file: moduleSpecifier.text.replace(/\.js$/, '.ts') })),
    );
}

function members(declaration) {
  const open = declaration.members.filter((member) => member.name && ts.isIdentifier(member.name) && !isHidden(member));
  return Object.fromEntries(
    open.map((member) => {
      const name = member.name.text;
      return [name, ts.isMethodDeclaration(member) ? written(name, member) : name];
    }),
  );
}

/** An overridden field is one that JavaScript's own classes have. */
function isHidden(member) {
  const { Private, Protected, Override } = ts.ModifierFlags;
  const hiding = ts.isPropertyDeclaration(member) ? Private | Protected | Override : Private | Protected;
  return (ts.getCombinedModifierFlags(member) & hiding) !== 0;
}

/** `send({ to, …options })`, `askText(to, text, options?)` */
function written(name, { parameters }) {
  const shown = parameters.map(({ name: given, initializer, questionToken }) => {
    const text = ts.isObjectBindingPattern(given) ? `{ ${given.elements.map(element).join(', ')} }` : given.text;
    return initializer || questionToken ? `${text}?` : text;
  });
  return `${name}(${shown.join(', ')})`;
}

function element({ name, propertyName, dotDotDotToken }) {
  return `${dotDotDotToken ? '…' : ''}${(propertyName ?? name).text}`;
}

function parse(path) {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
}
