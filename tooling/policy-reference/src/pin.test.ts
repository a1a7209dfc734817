import { expect, it } from 'vitest';
import * as reference from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(reference).sort()).toEqual([
    'createRandom',
    'differenceOn',
    'randomBundle',
    'randomCounted',
    'randomRequest',
    'referenceDecide',
  ]);
});
