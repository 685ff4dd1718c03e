/** Text of a model or an agent for the terminal: without control characters, which could rewrite the screen. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '').replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
}
