const credentials = /^([a-z][a-z0-9+.-]*:\/\/)?[^,]*@/i;

/** The same URL (or comma-separated list of URLs) with everything before each `@` replaced by `***`, fit for logs and errors. */
export function redactUrl(url: string): string {
  return url
    .split(',')
    .map((one) => one.trim().replace(credentials, '$1***@'))
    .join(',');
}
