import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { asset } from './asset.js';
import type { Desk } from './desk.js';
import { openWhy } from './explain.js';
import { flipOneBit, openFinale } from './finale.js';
import type { Line } from './view.js';

/** A path as a shell takes it, seen from the working folder. */
function shellPath(cwd: string, path: string): string {
  const name = relative(cwd, path) || '.';
  return /^[\w./@:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

/** Sums up the shown traces, exports and verifies the last of them, and says how to look further. */
export async function tell(
  { workspace, run }: Desk,
  lines: readonly Line[],
  cwd: string,
  say: (text: string) => void,
): Promise<void> {
  const shown = [...new Set(lines.filter(({ step }) => step.shown).map(({ traceId }) => traceId))];
  const [first = '', last = first] = [shown[0], shown.at(-1)];
  const why = openWhy(workspace, await readFile(asset('policy.yaml'), 'utf8'), run);
  const told = new Map<string, string>();
  for (const traceId of shown) told.set(traceId, await why(traceId));
  const finale = await openFinale(workspace);
  for (const traceId of shown) {
    const summary = await finale.summarise(traceId, told.get(traceId) ?? '');
    say(`${summary.join('\n')}\n`);
  }
  const { path, evidence } = await finale.exportTrace(last);
  say(`exported          ${shellPath(cwd, path)}`);
  say(`verified offline  ${await finale.verify(evidence)}`);
  say(`one bit flipped   ${await finale.verify(flipOneBit(evidence))}\n`);

  const { root } = workspace.paths;
  const at = (...parts: readonly string[]): string => shellPath(cwd, join(root, ...parts));
  const state = `--state ${at()}`;
  const output = at('packages', `${first}.zip`);
  const keys = `--key ${at('keys', 'log.vkey')} --key ${at('keys', 'package.jwks.json')}`;
  say('Look further:');
  say(`  npx --no-install spanforge operator inspect ${first} ${state}`);
  say(`  npx --no-install spanforge operator export ${first} --output ${output} ${state}`);
  say(`  npx --no-install spanforge operator verify ${output} ${keys}`);
  say(`  npx --no-install spanforge lineage graph ${last} ${state}`);
  say(`  npx --no-install spanforge audit fsck ${state}`);
}
