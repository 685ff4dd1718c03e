/** Longest text terminals take; xterm and tmux ignore longer ones silently. */
const longest = 74_000;

/** The sequence that asks a terminal to put a text on the clipboard (OSC 52); undefined when the text is too long. */
export function clipboardSequence(text: string): string | undefined {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  return encoded.length > longest ? undefined : `\u001b]52;c;${encoded}\u0007`;
}
