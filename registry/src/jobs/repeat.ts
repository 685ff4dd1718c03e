export interface RepeatOptions {
  readonly intervalMs: number;
  readonly onError: (cause: unknown) => void;
}

export interface Repetition {
  /** No run starts after this; resolves when the one under way is over. */
  stop(): Promise<void>;
}

/** Runs `work` every interval, counted from the end of the run before, so that runs never overlap. */
export function repeat(work: () => Promise<void>, { intervalMs, onError }: RepeatOptions): Repetition {
  let stopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    if (!stopped) timer = setTimeout(run, intervalMs);
  };
  const run = () => {
    running = work().catch(onError).then(schedule);
  };
  schedule();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
