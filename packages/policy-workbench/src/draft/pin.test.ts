import { expect, it } from 'vitest';
import * as draft from '../draft.js';

it('exports exactly this', () => {
  expect(Object.keys(draft).sort()).toEqual(['draftPolicy', 'parseToolSchemas']);
});
