import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packageFromJson } from './package/json-container.js';
import { packageFromZip } from './package/zip-container.js';
import { packageToZip } from './package/zip-format.js';
import { verifyPackage } from './verify/verify-package.js';

/** A package as the first version wrote it, with the keys it was trusted by: it verifies forever. */
const read = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

it('V-05: a package of the first version verifies, in every form', async () => {
  const keys = [read('golden-v1.jwks.json'), read('golden-v1.vkey')];
  const pkg = packageFromJson(read('golden-v1.json'));
  const report = await verifyPackage(pkg, { keys });
  expect(report).toMatchObject({
    verdict: 'valid',
    level: 'L1',
    outcome: 'allow',
    counts: { files: 14, records: 5, disclosures: 1, policies: 1 },
  });
  expect(await verifyPackage(packageFromZip(packageToZip(pkg)), { keys })).toEqual(report);
});
