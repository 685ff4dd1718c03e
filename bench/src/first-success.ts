const everyMs = 20;
/** Longest time anything may take to come back. */
const patienceMs = 30_000;

/**
 * Starts an attempt every 20 ms, without waiting for those before, and gives the result of the first that succeeds; so its time is known to 20 ms,
 * however long a failing attempt takes to fail.
 */
export async function firstSuccess<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  let failure: unknown;
  return new Promise<T>((resolve, reject) => {
    const tryOnce = (): void => {
      if (performance.now() > deadline) {
        clearInterval(trying);
        reject(new Error(`nothing worked again within ${patienceMs / 1000} s`, { cause: failure }));
        return;
      }
      attempt().then(
        (value) => {
          clearInterval(trying);
          resolve(value);
        },
        (cause: unknown) => {
          failure = cause;
        },
      );
    };
    const trying = setInterval(tryOnce, everyMs);
    tryOnce();
  });
}
