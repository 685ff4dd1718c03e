import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a container engine would have made, in folders. */
export interface BuiltImage {
  /** The working folder of the last stage. */
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

interface Stage {
  readonly folder: string;
  environment: Record<string, string>;
  command: string[];
}

export interface BuildOptions {
  /** Text of the container file. */
  readonly file: string;
  /** Folder that COPY reads. */
  readonly context: string;
  /** Names that .dockerignore keeps out, wherever they are. */
  readonly ignored: readonly string[];
  /** Empty folder to build in. */
  readonly into: string;
}

/** Follows a container file without an engine: FROM, COPY, RUN, ENV and CMD, with /app as the only folder. RUN lines of the last stage need root and are left out. */
export async function buildImage({ file, context, ignored, into }: BuildOptions): Promise<BuiltImage> {
  const lines = file.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const last = lines.findLastIndex((line) => line.startsWith('FROM '));
  const stages = new Map<string, Stage>();
  let stage: Stage = { folder: into, environment: {}, command: [] };
  const copy = (from: string, to: string) =>
    cp(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path === from || !ignored.includes(basename(path)),
    });
  const steps: Readonly<Record<string, (rest: string, index: number) => Promise<unknown> | undefined>> = {
    async FROM(rest, index) {
      const [base = '', , name = `stage-${index}`] = rest.split(' ');
      const before = stages.get(base);
      stage = { folder: join(into, name), environment: { ...before?.environment }, command: [] };
      stages.set(name, stage);
      await mkdir(stage.folder);
      if (before) await cp(before.folder, stage.folder, { recursive: true, verbatimSymlinks: true });
    },
    async COPY(rest) {
      const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
      const sources = paths.split(' ');
      const target = join(stage.folder, sources.pop() ?? '');
      if (from !== undefined) {
        const built = stages.get(from)?.folder ?? '';
        return cp(join(built, sources[0]?.replace(/^\/app\/?/, '') ?? ''), target, {
          recursive: true,
          verbatimSymlinks: true,
        });
      }
      for (const source of sources)
        await copy(join(context, source), target.endsWith('/') ? join(target, source) : target);
    },
    RUN: (rest, index) =>
      index > last
        ? undefined
        : run('sh', ['-c', rest], {
            cwd: stage.folder,
            env: { ...process.env, NODE_ENV: '', npm_config_prefer_offline: 'true' },
          }),
    async ENV(rest) {
      Object.assign(stage.environment, Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))));
    },
    async CMD(rest) {
      stage.command = JSON.parse(rest);
    },
  };
  for (const [index, line] of lines.entries()) {
    const [word = ''] = line.split(' ');
    await steps[word]?.(line.slice(word.length + 1), index);
  }
  return { workdir: stage.folder, environment: stage.environment, command: stage.command };
}
