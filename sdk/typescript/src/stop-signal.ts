/** The wish to stop: SIGINT, SIGTERM, or the caller's signal. */
export interface StopSignal {
  readonly requested: Promise<void>;
  /** Gives the process its own signal handling back. */
  forget(): void;
}

export function stopSignal(signal?: AbortSignal): StopSignal {
  let forget = (): void => undefined;
  const requested = new Promise<void>((resolve) => {
    const stop = () => resolve();
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    signal?.addEventListener('abort', stop);
    forget = () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      signal?.removeEventListener('abort', stop);
    };
  });
  return { requested, forget: () => forget() };
}
