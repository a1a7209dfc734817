import { expect, it } from 'vitest';
import { z } from 'zod';

/**
 * Four places read `_zod.def`, which zod does not promise to keep: `wire-names.ts` (what an
 * optional or nullable schema wraps), `canonical-writer.ts` (types and checks, to write a record
 * in one pass), `wire-test.ts` (the same, to tell what a schema takes) and `json-schemas.ts` of `@spanforge/validate` (the type `custom`). zod has no
 * public way to ask for either. With another minor: read what changed in `_zod.def`, run the
 * property tests of these four, and only then change the number here.
 */
it('runs on the minor of zod that the walkers over _zod.def were written for', () => {
  const { major, minor } = z.core.version;
  expect(`${major}.${minor}`).toBe('4.6');
});
