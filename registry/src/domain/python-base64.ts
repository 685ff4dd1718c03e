const alphabet = /[A-Za-z0-9+/_-]/;

/**
 * Decodes base64url as lenient as Python's `urlsafe_b64decode`: characters outside the alphabet are skipped, both alphabets are
 * read, nothing after complete padding counts. Undefined when the padding is missing or the text is not ASCII.
 */
export function decodePythonBase64(text: string): Uint8Array | undefined {
  let symbols = '';
  let padding = 0;
  for (const character of text) {
    if (character > '\u007f') return undefined;
    if (character === '=') {
      padding += 1;
      if (symbols.length % 4 >= 2 && (symbols.length % 4) + padding >= 4) return Buffer.from(symbols, 'base64');
    } else if (alphabet.test(character)) {
      symbols += character;
      padding = 0;
    }
  }
  return symbols.length % 4 === 0 ? Buffer.from(symbols, 'base64') : undefined;
}
