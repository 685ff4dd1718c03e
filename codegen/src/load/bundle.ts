import { createHash } from 'node:crypto';
import { dirname, relative, resolve } from 'node:path';
import { type Finding, SpecError } from './finding.js';
import { joinPointer, valueAt } from './json-pointer.js';
import { SourceFile } from './source-file.js';

export type JsonObject = { readonly [key: string]: unknown };

/** The whole spec as one document whose references all start with `#/`. */
export interface Bundle {
  readonly document: JsonObject;
  /** The published form: JSON, two spaces, keys in the order of the spec. */
  readonly text: string;
  /** First 12 hex digits of the SHA-256 of `text`. */
  readonly sha: string;
  /** Where a place of the bundle was written: file, line and pointer in that file. */
  locate(pointer: string): string;
}

interface Place {
  readonly file: SourceFile;
  readonly pointer: string;
}

/**
 * Reads `asyncapi.yaml` in `specFolder` and everything it refers to.
 *
 * A reference to the target of a component schema becomes `#/components/schemas/<Name>`; any other reference to a file is replaced by what it names.
 *
 * @throws {SpecError} for missing files, bad YAML, dangling or circular references.
 */
export function bundleSpec(specFolder: string, shownFolder = relative(process.cwd(), specFolder) || '.'): Bundle {
  const files = new Map<string, SourceFile>();
  const open = (path: string): SourceFile => {
    let file = files.get(path);
    if (!file) {
      file = new SourceFile(path, `${shownFolder}/${relative(specFolder, path)}`.replaceAll('\\', '/'));
      files.set(path, file);
    }
    return file;
  };
  const root = open(resolve(specFolder, 'asyncapi.yaml'));
  const findings: Finding[] = [];
  const names = componentNames(root, open);
  const origins = new Map<string, Place>();

  const copy = (value: unknown, from: Place, to: string, inlining: readonly string[]): unknown => {
    if (Array.isArray(value))
      return value.map((item, index) => copy(item, below(from, index), joinPointer(to, index), inlining));
    if (value === null || typeof value !== 'object') return value;
    const node = value as JsonObject;
    return typeof node.$ref === 'string'
      ? copyReference(node, node.$ref, from, to, inlining)
      : copyEntries(node, from, to, inlining);
  };

  const copyEntries = (node: JsonObject, from: Place, to: string, inlining: readonly string[]): JsonObject =>
    Object.fromEntries(
      Object.entries(node).map(([key, item]) => [key, copy(item, below(from, key), joinPointer(to, key), inlining)]),
    );

  const copyReference = (
    node: JsonObject,
    ref: string,
    from: Place,
    to: string,
    inlining: readonly string[],
  ): unknown => {
    const target = targetOf(ref, from.file, open);
    const key = keyOf(target);
    const name = names.get(key);
    const isDefinition = to === `/components/schemas/${name}`;
    const { $ref: _, ...siblings } = node;
    if (name !== undefined && !isDefinition) {
      return { ...copyEntries(siblings, from, to, inlining), $ref: `#/components/schemas/${name}` };
    }
    if (target.file === root && from.file === root) return { ...copyEntries(siblings, from, to, inlining), $ref: ref };
    const value = valueAt(target.file.value, target.pointer);
    if (value === undefined) {
      findings.push({
        where: from.file.locate(from.pointer),
        what: `$ref '${ref}' leads nowhere`,
        remedy: 'Correct the file or the pointer.',
      });
      return {};
    }
    if (inlining.includes(key)) {
      findings.push({
        where: from.file.locate(from.pointer),
        what: `$ref '${ref}' contains itself`,
        remedy: 'Give the target a name under components.schemas, so that it can be referred to.',
      });
      return {};
    }
    origins.set(to, target);
    const inlined = copy(value, target, to, [...inlining, key]);
    return Object.keys(siblings).length > 0
      ? { ...(inlined as JsonObject), ...copyEntries(siblings, from, to, inlining) }
      : inlined;
  };

  const start: Place = { file: root, pointer: '' };
  origins.set('', start);
  const document = copy(root.value ?? {}, start, '', []) as JsonObject;
  if (findings.length > 0) throw new SpecError(findings);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  return {
    document,
    text,
    sha: createHash('sha256').update(text).digest('hex').slice(0, 12),
    locate: (pointer) => locate(pointer, origins),
  };
}

/** File and pointer of every component schema -> its name. */
function componentNames(root: SourceFile, open: (path: string) => SourceFile): Map<string, string> {
  const schemas = valueAt(root.value, '/components/schemas');
  const names = new Map<string, string>();
  if (schemas === null || typeof schemas !== 'object') return names;
  for (const [name, schema] of Object.entries(schemas)) {
    const place = { file: root, pointer: joinPointer('/components/schemas', name) };
    names.set(keyOf(place), name);
    const ref = (schema as JsonObject | null)?.$ref;
    if (typeof ref !== 'string' || ref.startsWith('#')) continue;
    const key = keyOf(targetOf(ref, root, open));
    const twin = names.get(key);
    if (twin !== undefined) {
      throw new SpecError([
        {
          where: root.locate(place.pointer),
          what: `'${name}' and '${twin}' are the same schema (${ref})`,
          remedy: 'Remove one of them.',
        },
      ]);
    }
    names.set(key, name);
  }
  return names;
}

function targetOf(ref: string, from: SourceFile, open: (path: string) => SourceFile): Place {
  const [path = '', fragment = ''] = ref.split('#');
  return { file: path === '' ? from : open(resolve(dirname(from.path), path)), pointer: decodeURIComponent(fragment) };
}

const keyOf = ({ file, pointer }: Place): string => `${file.path}#${pointer}`;
const below = ({ file, pointer }: Place, token: string | number): Place => ({
  file,
  pointer: joinPointer(pointer, token),
});

function locate(pointer: string, origins: ReadonlyMap<string, Place>): string {
  for (let parent = pointer; ; parent = parent.slice(0, parent.lastIndexOf('/'))) {
    const origin = origins.get(parent);
    if (origin) return origin.file.locate(origin.pointer + pointer.slice(parent.length));
    if (parent === '') return pointer;
  }
}
