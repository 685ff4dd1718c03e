export {
  everything,
  type Filter,
  type Filterable,
  type FilterField,
  type FilterTerm,
  type FilterValue,
} from './filter.js';
export { FilterError } from './filter-error.js';
export { type FilterFieldFacts, filterFields, type StatusWord, statusWords } from './filter-fields.js';
export { matchesFilter } from './matches-filter.js';
export { type DividedFilter, divideFilter, type ResolveUsername, usernamesIn } from './message-query.js';
export { parseFilter } from './parse-filter.js';
