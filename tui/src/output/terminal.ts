import { safeJson, sanitize } from '../text/sanitize.js';

/** Where a command writes: results on `out`, everything else on `err`. */
export interface Terminal {
  /** Prints text for people, sanitised. */
  print(text: string): void;
  /** Prints one JSON document for programs, on one line. */
  printJson(value: unknown): void;
  /** Prints text for people on the error stream, sanitised. */
  warn(text: string): void;
  warnJson(value: unknown): void;
}

export function openTerminal(out: NodeJS.WriteStream, err: NodeJS.WriteStream): Terminal {
  const line = (stream: NodeJS.WriteStream) => {
    // The reader may leave early (`agentnet list | head`); that is no failure of ours.
    stream.on('error', ignoreClosedPipe);
    return (text: string) => {
      if (stream.writable) stream.write(`${text}\n`);
    };
  };
  const toOut = line(out);
  const toErr = line(err);
  return {
    print: (text) => toOut(sanitize(text)),
    printJson: (value) => toOut(safeJson(value)),
    warn: (text) => toErr(sanitize(text)),
    warnJson: (value) => toErr(safeJson(value)),
  };
}

function ignoreClosedPipe(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'EPIPE') throw cause;
}
