const credentialsInUrl = /([a-z][a-z0-9+.-]*:\/\/)[^\s/]+@/giu;

/** Hides the credentials of every URL in a text. */
export function redactTokens(text: string): string {
  return text.replace(credentialsInUrl, '$1***@');
}
