import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { filterProblems } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import type { Tarball } from './tarballs.js';

/** What publint says of a tarball, warnings counted as errors. Suggestions are not problems. */
export async function publintProblems({ path }: Tarball): Promise<readonly string[]> {
  const data = await readFile(path);
  const tarball = new Uint8Array(data).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, level: 'warning', strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

/** What attw says of a tarball under its esm-only profile: resolution by Node as ESM, and bundlers. */
export async function typesProblems({ path }: Tarball): Promise<readonly string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(await readFile(path)), {
    excludeEntrypoints: [/\.html$/],
  });
  if (!analysis.types) return ['the package has no types'];
  const kinds = ['node16-esm', 'bundler'] as const;
  const problems = kinds.flatMap((resolutionKind) => filterProblems(analysis, { resolutionKind }));
  return [...new Set(problems)].map((problem) => JSON.stringify(problem));
}
