import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Coverage, type CoverageColumn, coverageOf, type Exclusion } from './core/coverage.js';
import type { ExpectedFailure } from './core/expected-failures.js';
import type { RequirementSet } from './core/requirements.js';
import { features } from './core/scenario.js';
import { packageFolder } from './peer-programs.js';
import { allScenarios } from './scenarios.js';

/** Files of the package the kit reads and, when told to, writes. */
export const kitFiles = {
  exclusions: join(packageFolder, 'kit/exclusions.json'),
  expectedFailures: join(packageFolder, 'kit/expected-failures.json'),
  requirements: join(packageFolder, 'requirements/1.0.json'),
  coverageMarkdown: join(packageFolder, 'coverage/coverage.md'),
  coverageHtml: join(packageFolder, 'coverage/coverage.html'),
};

const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** Rules that no scenario can show, with the test that does. */
export const readExclusions = (): readonly Exclusion[] => read(kitFiles.exclusions);

/** Failures that are known and accepted for now. */
export const readExpectedFailures = (): readonly ExpectedFailure[] => read(kitFiles.expectedFailures);

/** The requirements frozen for schema version 1.0. */
export const readRequirements = (): RequirementSet => read(kitFiles.requirements);

/** The implementations of this repository and what they offer. */
export const columns: readonly CoverageColumn[] = [
  { name: 'typescript', offers: features },
  { name: 'python', offers: features },
  { name: 'go', offers: ['processed', 'limits', 'capabilities'] },
  { name: 'registry', offers: 'registry' },
];

/** What the kit's scenarios cover, for the implementations of this repository. */
export const kitCoverage = (): Coverage => coverageOf(allScenarios, columns, readExclusions());
