import { loadSpec } from '../load-spec.js';
import { renderDocs } from '../render/docs/render-docs.js';
import { renderPython } from '../render/python/render-python.js';
import { renderTypeScript } from '../render/typescript/render-typescript.js';
import { writeFiles } from '../write/write-files.js';

export interface GenOptions {
  readonly specFolder: string;
  readonly outFolder: string;
  /** Write nothing; say what would change. */
  readonly check: boolean;
}

/** Everything that is generated from the spec: path below the output folder -> text. */
export async function renderAll(specFolder: string): Promise<Map<string, string>> {
  const spec = await loadSpec(specFolder);
  return new Map([
    ...(await renderTypeScript(spec.protocol)),
    ...(await renderPython(spec.protocol)),
    ...renderDocs(spec),
  ]);
}

/** Generates; the exit code is 1 when `check` finds a difference. */
export async function gen(
  { specFolder, outFolder, check }: GenOptions,
  print: (line: string) => void,
): Promise<number> {
  const files = await renderAll(specFolder);
  const { written, deleted } = writeFiles(outFolder, files, { dryRun: check });
  for (const path of written) print(`${check ? 'differs' : 'wrote'}   ${path}`);
  for (const path of deleted) print(`${check ? 'stale' : 'deleted'}   ${path}`);
  const changes = written.length + deleted.length;
  if (!check) {
    print(`${files.size} files, ${changes} changed`);
    return 0;
  }
  print(
    changes === 0
      ? `${files.size} files, all up to date`
      : 'The generated files do not match the spec; run: npm run gen',
  );
  return changes === 0 ? 0 : 1;
}
