import { Writable } from 'node:stream';
import { run } from '../../src/cli.js';
import { openTerminal } from '../../src/output/terminal.js';

/** What a command left behind. */
export interface Outcome {
  code: number;
  output: string;
  errors: string;
}

/** Collects what is written, as a pipe does. */
class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs a command within this process: the whole command line but its signals, its terminal and its end. */
export async function runHere(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const [out, err] = [new Collected(), new Collected()];
  const [output, errors] = [out, err] as unknown as [NodeJS.WriteStream, NodeJS.WriteStream];
  const code = await run(args, { terminal: openTerminal(output, errors, environment), environment, signal });
  return { code, output: out.text, errors: err.text };
}
