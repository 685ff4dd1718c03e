import { safeJson, sanitize } from '../text/sanitize.js';
import { type Piece, paint, showsColour } from './paint.js';

/** Where a command writes: results on `out`, everything else on `err`. */
export interface Terminal {
  /** Prints text for people, sanitised. */
  print(text: string): void;
  /** Prints one line of pieces, each sanitised, in colour where the stream shows it. */
  printLine(pieces: readonly Piece[]): void;
  /** Prints text for people without ending the line, sanitised. */
  write(text: string): void;
  /** Prints one JSON document for programs, on one line. */
  printJson(value: unknown): void;
  /** Prints text for people on the error stream, sanitised. */
  warn(text: string): void;
  /** As `printLine`, on the error stream. */
  warnLine(pieces: readonly Piece[]): void;
  warnJson(value: unknown): void;
  /** Aborts when nobody reads the results any more. */
  readonly closed: AbortSignal;
  /** Resolves when everything printed so far has been taken; what prints without end waits for it. */
  drained(): Promise<void>;
  /** Columns of the terminal that shows the results; undefined where they are piped on. */
  readonly columns: number | undefined;
  /** Whether a person watches the error stream. */
  readonly isWatched: boolean;
}

type Stream = NodeJS.WriteStream;

export function openTerminal(out: Stream, err: Stream, environment: NodeJS.ProcessEnv = {}): Terminal {
  const closed = new AbortController();
  // The reader may leave early (`agentnet list | head`); that is no failure of ours.
  out.on('error', (cause: NodeJS.ErrnoException) => {
    if (!isGone(cause, out)) throw cause;
    closed.abort();
  });
  err.on('error', (cause: NodeJS.ErrnoException) => {
    if (!isGone(cause, err)) throw cause;
  });
  const put = (stream: Stream, text: string) => {
    if (stream.writable) stream.write(text);
  };
  const line = (stream: Stream) => {
    const coloured = showsColour(stream, environment);
    return (pieces: readonly Piece[]) => put(stream, `${pieces.map((piece) => textOf(piece, coloured)).join('')}\n`);
  };
  return {
    print: (text) => put(out, `${sanitize(text)}\n`),
    printLine: line(out),
    write: (text) => put(out, sanitize(text)),
    printJson: (value) => put(out, `${safeJson(value)}\n`),
    warn: (text) => put(err, `${sanitize(text)}\n`),
    warnLine: line(err),
    warnJson: (value) => put(err, `${safeJson(value)}\n`),
    closed: closed.signal,
    drained: () => drained(out, closed.signal),
    get columns() {
      return out.isTTY === true ? out.columns : undefined;
    },
    isWatched: err.isTTY === true,
  };
}

function textOf(piece: Piece, coloured: boolean): string {
  if (typeof piece === 'string') return sanitize(piece);
  const text = sanitize(piece.text);
  return coloured && text !== '' ? paint(text, piece.style) : text;
}

function drained(out: Stream, closed: AbortSignal): Promise<void> {
  if (!out.writableNeedDrain || closed.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    out.once('drain', resolve);
    closed.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Whether nobody is there any more: the reader of a pipe has left, or the window of a terminal was closed. */
function isGone({ code }: NodeJS.ErrnoException, stream: Stream): boolean {
  return code === 'EPIPE' || (code === 'EIO' && stream.isTTY === true);
}
