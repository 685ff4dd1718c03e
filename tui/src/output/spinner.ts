import type { Terminal } from './terminal.js';

/** Nothing that ends sooner deserves a spinner. */
const patienceMs = 300;

/** Shows a spinner on the error stream while something takes long, on a terminal only. */
export async function withSpinner<T>(terminal: Terminal, text: string, work: () => Promise<T>): Promise<T> {
  if (!terminal.isWatched) return work();
  let stop = (): void => undefined;
  let isOver = false;
  const timer = setTimeout(async () => {
    const { default: spinner } = await import('yocto-spinner');
    // Ctrl-C is ours: the command ends in order.
    const shown = spinner({ text, stream: process.stderr, handleSignals: false });
    if (isOver) return;
    shown.start();
    stop = () => shown.stop();
  }, patienceMs);
  try {
    return await work();
  } finally {
    isOver = true;
    clearTimeout(timer);
    stop();
  }
}
