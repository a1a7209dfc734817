import { expect, it } from 'vitest';
import * as testing from '../testing.js';

it('exports exactly this', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'appendCases',
    'caseFor',
    'coverCases',
    'formatCases',
    'joinRequestParts',
    'mutantsOf',
    'parseCases',
    'parseCasesJson',
    'parseCasesYaml',
    'parseRequestParts',
    'parseRequestPartsJson',
    'pinDecision',
    'runCases',
    'testMutants',
    'writtenCase',
  ]);
});
