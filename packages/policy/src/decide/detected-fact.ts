import { detectFields } from '@spanforge/detect';
import type { DetectedFact } from '../bundle/bundle.js';
import type { ComputeFact } from './compute-fact.js';
import { readPath } from './read-path.js';

/** Compiles a fact that lists what detectors find; the fact is missing when the path has no value. */
export function compileDetectedFact({ path, types }: DetectedFact): ComputeFact {
  const keys = path.split('.');
  const name = keys.length > 1 ? keys.at(-1) : undefined;
  const options = types === undefined ? {} : { types };
  return (request) => {
    const value = readPath(request, keys);
    if (value === undefined) return undefined;
    try {
      // The field name goes with the value, because detectors use it as context.
      const text = name === undefined ? value : Object.fromEntries([[name, value]]);
      const found = detectFields(text, options).filter(
        (finding) => name === undefined || finding.path.length > 0,
      );
      return [...new Set(found.map(({ type }) => type))].sort();
    } catch {
      return undefined;
    }
  };
}
