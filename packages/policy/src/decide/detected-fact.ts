import { detectFields } from '@spanforge/detect';
import type { DetectedFact } from '../bundle/bundle.js';
import type { ComputeFact } from './compute-fact.js';
import { readPath } from './read-path.js';

/** Compiles a fact that lists what detectors find; the fact is missing when the path has no value. */
export function compileDetectedFact({ kind: _, path, ...options }: DetectedFact): ComputeFact {
  const keys = path.split('.');
  const name = keys.at(-1) ?? '';
  return (request) => {
    const value = readPath(request, keys);
    if (value === undefined) return undefined;
    try {
      // The field name goes with the value, because detectors use it as context.
      const holder = Object.fromEntries([[name, value]]);
      // What is found in that name itself has no path: it is the policy's word, not the request's.
      const found = detectFields(holder, options).filter((finding) => finding.path.length > 0);
      return [...new Set(found.map(({ type }) => type))].sort();
    } catch {
      return undefined;
    }
  };
}
