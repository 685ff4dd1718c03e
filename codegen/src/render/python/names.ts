const keywords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** `accountInbox` and `registry-register` -> `account_inbox`, `registry_register`. */
export function snakeCase(name: string): string {
  return name
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** `payloadMaxBytes` -> `PAYLOAD_MAX_BYTES`. */
export const constantCase = (name: string): string => snakeCase(name).toUpperCase();

/** A wire name as the name of an attribute: the same wherever Python and pydantic allow it. */
export function attributeName(name: string): string {
  const plain = /^[a-z]\w*$/i.test(name) ? name : `field_${snakeCase(name)}`.replace(/^field_(?=[a-z])/, '');
  return keywords.has(plain) || plain.startsWith('model_') ? `${plain}_` : plain;
}

/** A string literal. JSON's escapes are Python's, but for the letters beyond the basic plane, which need none. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `True`, `1`, `"text"`. */
export function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null || value === undefined) return 'None';
  const inner = `${indent}    `;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, inner)).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, item]) => `${inner}${quote(key)}: ${literal(item, inner)},`);
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

/** A tuple of texts. */
export function tuple(values: readonly string[]): string {
  return values.length === 1 ? `(${quote(values[0] ?? '')},)` : `(${values.map(quote).join(', ')})`;
}
