import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { diff } from './commands/diff.js';
import { gen } from './commands/gen.js';
import { RevisionError } from './load/checkout-spec.js';
import { formatFinding, SpecError } from './load/finding.js';

const usage = `codegen: everything that is generated from spec/asyncapi.yaml

  gen [--check]            Lint the spec and write generated/. With --check, write nothing and exit 1 if a file would change.
  diff <git-rev> [--allow] Show what changed in the spec since <git-rev>: WIRE breaks running peers, SOURCE breaks code written
                           against the generated packages, SAFE adds, DOC is words. Exit 1 on WIRE or SOURCE, unless --allow.

  --spec <folder>          The spec. Default: spec/ of this repository.
  --out <folder>           Where to write. Default: generated/ of this repository.
  --help                   This text.

Exit codes: 0 done, 1 findings, differences or breaking changes, 2 wrong arguments.`;

const repository = fileURLToPath(new URL('../../', import.meta.url));

class UsageError extends Error {}

/** Runs one command and returns the exit code. */
export async function runCommandLine(args: readonly string[], out: Print, err: Print): Promise<number> {
  try {
    return await runCommand(args, out);
  } catch (failure) {
    if (failure instanceof UsageError) {
      err(`${failure.message}\n\n${usage}`);
      return 2;
    }
    if (failure instanceof RevisionError) {
      err(failure.message);
      return 2;
    }
    if (!(failure instanceof SpecError)) throw failure;
    for (const finding of failure.findings) err(formatFinding(finding));
    err(failure.findings.length === 1 ? '1 finding' : `${failure.findings.length} findings`);
    return 1;
  }
}

type Print = (line: string) => void;

async function runCommand(args: readonly string[], out: Print): Promise<number> {
  const { values, positionals } = parse(args);
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    out(usage);
    return values.help ? 0 : 2;
  }
  const specFolder = values.spec ?? `${repository}spec`;
  if (command === 'gen' && rest.length === 0 && !values.allow) {
    return gen({ specFolder, outFolder: values.out ?? `${repository}generated`, check: values.check ?? false }, out);
  }
  const [revision, ...tooMany] = rest;
  if (
    command === 'diff' &&
    revision !== undefined &&
    tooMany.length === 0 &&
    !values.check &&
    values.out === undefined
  ) {
    return diff({ specFolder, revision, allow: values.allow ?? false }, out);
  }
  throw new UsageError(`wrong arguments: ${args.join(' ')}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        check: { type: 'boolean' },
        allow: { type: 'boolean' },
        spec: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}
