import { expect, it } from 'vitest';
import * as testing from '../testing.js';

it('exports exactly this', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'appendCases',
    'caseFor',
    'coverCases',
    'formatCases',
    'mutantsOf',
    'parseCases',
    'parseCasesJson',
    'parseCasesYaml',
    'pinDecision',
    'runCases',
    'testMutants',
    'writtenCase',
  ]);
});
