import { type PolicyBundle, parseBundle } from '@spanforge/policy';
import { compareBundles } from '@spanforge/policy-workbench';
import { mutantsOf } from '@spanforge/policy-workbench/testing';
import { EXAMPLES, readExample } from './examples.js';

/** What comparisons with every bundle that differs in one place came to. */
interface Row {
  readonly bundle: string;
  readonly edits: number;
  readonly proven: number;
  readonly witness: number;
  readonly unknown: number;
  /** Milliseconds, all together and of the slowest. */
  readonly ms: number;
  readonly slowestMs: number;
}

function editsOf(bundle: PolicyBundle): readonly PolicyBundle[] {
  return mutantsOf(bundle).flatMap(({ written }) => {
    try {
      return [parseBundle(written)];
    } catch {
      // An edit that does not load is told by loading it.
      return [];
    }
  });
}

function measure(name: string, bundle: PolicyBundle): Row {
  const counts = { never_looser: 0, looser: 0, unknown: 0 };
  let [ms, slowestMs, edits] = [0, 0, 0];
  for (const edit of editsOf(bundle)) {
    const started = performance.now();
    const { verdict } = compareBundles(bundle, edit);
    const took = performance.now() - started;
    counts[verdict] += 1;
    edits += 1;
    ms += took;
    slowestMs = Math.max(slowestMs, took);
  }
  const { never_looser: proven, looser: witness, unknown } = counts;
  return { bundle: name, edits, proven, witness, unknown, ms, slowestMs };
}

console.log(
  '| bundle | edits | proven never looser | looser, with a witness | unknown | ms | slowest, ms |',
);
console.log('|---|---|---|---|---|---|---|');
for (const path of EXAMPLES) {
  const { bundle, ms, slowestMs, ...row } = measure(path, readExample(path));
  const { edits, proven, witness, unknown } = row;
  const cells = [bundle, edits, proven, witness, unknown, ms.toFixed(0), slowestMs.toFixed(0)];
  console.log(`| ${cells.join(' | ')} |`);
}
