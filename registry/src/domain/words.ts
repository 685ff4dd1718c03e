import { type JsonValue, limits } from '@agentnet/protocol';

/** Scripts that write words without a space in between: each character is a word of its own. */
const ideograph = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`;
const anyWord = new RegExp(String.raw`${ideograph}|(?:(?!${ideograph})[\p{L}\p{N}\p{M}])+`, 'gu');
const asciiWord = /[a-z0-9]+/g;
const accents = /[\u0300-\u036f]/g;

/**
 * The words of a text, each once, in the order of their first appearance. They hold nothing but letters, digits and combining marks, in lower
 * case, so that they may be written into a query as they are. Spec: rule `history.search.words`.
 */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  collectWords(text, words);
  return [...words];
}

/** The words of all string values inside a payload, at most `messageWordsMax`; keys and numbers have none. */
export function wordsOfPayload(payload: JsonValue): string[] {
  const words = new Set<string>();
  collectFromValue(payload, words);
  return [...words].slice(0, limits.messageWordsMax);
}

function collectFromValue(value: JsonValue, words: Set<string>): void {
  if (words.size >= limits.messageWordsMax) return;
  if (typeof value === 'string') collectWords(value, words);
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) collectFromValue(member, words);
}

function collectWords(text: string, words: Set<string>): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with control characters
  const isAscii = /^[\u0000-\u007f]*$/.test(text);
  const folded = isAscii ? text : text.normalize('NFKD').replace(accents, '').normalize('NFC');
  for (const word of folded.toLowerCase().match(isAscii ? asciiWord : anyWord) ?? []) words.add(cut(word));
}

function cut(word: string): string {
  if (word.length <= limits.wordMaxLength) return word;
  return [...word.slice(0, 2 * limits.wordMaxLength)].slice(0, limits.wordMaxLength).join('');
}
