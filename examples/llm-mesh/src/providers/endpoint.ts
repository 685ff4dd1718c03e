/** The address of one call. Base URLs are written with `/v1` at their end and without. */
export function endpoint(baseUrl: URL, path: string): URL {
  const base = baseUrl.href.replace(/\/+$/, '').replace(/\/v1$/, '');
  return new URL(`${base}/v1/${path}`);
}
