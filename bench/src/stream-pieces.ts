/** The pieces of a generated answer, of a word each, as models give them. */
export function* piecesOf(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield `word${index % 1000} `;
}
