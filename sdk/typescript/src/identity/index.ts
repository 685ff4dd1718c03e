export { canonicalJson } from './canonical-json.js';
export { pythonJsonLength, pythonJsonText } from './python-json.js';
export { rawMember } from './raw-member.js';
