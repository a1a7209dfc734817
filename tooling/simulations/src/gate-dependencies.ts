import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGate } from '@spanforge/gate';

/** What one lock file came to. */
export interface LockRow {
  readonly file: string;
  readonly packages: number;
  readonly unchecked: number;
  readonly verdict: string;
  /** Component and advisory of each finding, sorted. */
  readonly found: readonly string[];
}

const LOCKS =
  /(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|uv\.lock|poetry\.lock|requirements[^_]*\.txt|requirements_for_test\.txt)$/;

/** Looks every lock file of the shared data up in the advisories beside them. */
export async function lookUpLocks(data: string): Promise<readonly LockRow[]> {
  const rows: LockRow[] = [];
  for (const file of readdirSync(join(data, 'deps/lockfiles')).sort()) {
    if (!LOCKS.test(file)) continue;
    const root = mkdtempSync(join(tmpdir(), 'gate-locks-'));
    try {
      const name = file.split('__').at(-1) ?? file;
      const advisories = join(root, '.sf-gate/advisories');
      mkdirSync(advisories, { recursive: true });
      copyFileSync(join(data, 'deps/lockfiles', file), join(root, name));
      for (const one of ['osv_records.jsonl', 'ghsa_npm_pypi_condensed.jsonl']) {
        copyFileSync(join(data, 'deps', one), join(advisories, one));
      }
      const { verdict, metrics, findings, reason } = await createGate({ root }).evaluate(
        'dependency-audit',
        undefined,
        { command: [name], dryRun: true, with: { allow_unchecked: true } },
      );
      const packages = Number(metrics.packages_scanned ?? 0);
      rows.push({
        ...{ file, packages, unchecked: Number(metrics.unchecked ?? 0) },
        verdict: packages === 0 ? `${verdict}: ${reason}` : verdict,
        found: findings
          .map(({ component, rule, severity }) => `${component} ${rule} (${severity})`)
          .sort(),
      });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return rows;
}

const [, script, data = process.env.SPANFORGE_DATA ?? '../../../shared/data'] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (!existsSync(join(data, 'deps'))) throw new Error('no shared data: set SPANFORGE_DATA');
  process.stdout.write(
    '| lock file | packages | unchecked | verdict | found |\n|---|---|---|---|---|\n',
  );
  for (const { file, packages, unchecked, verdict, found } of await lookUpLocks(data)) {
    process.stdout.write(
      `| ${file} | ${packages} | ${unchecked} | ${verdict} | ${found.join('; ')} |\n`,
    );
  }
}
