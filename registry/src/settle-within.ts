/** Waits for `work`, but no longer than the time. */
export async function settleWithin(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    await Promise.race([work.then(() => {}), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
