import { dependencySecurity } from './dependencies/executor.js';
import type { GateExecutor } from './executor.js';
import { performanceRegression } from './performance/executor.js';
import { halluccheckPrri } from './prri/executor.js';
import { schemaValidation } from './schema-validation/executor.js';
import { secretsScan } from './secrets/executor.js';
import { suppressionsGate } from './suppress/executor.js';
import { halluccheckTrust } from './trust/executor.js';

/** The types of gates this package evaluates, by name. */
export function builtinExecutors(): ReadonlyMap<string, GateExecutor> {
  const all: readonly GateExecutor[] = [
    schemaValidation,
    dependencySecurity,
    secretsScan,
    performanceRegression,
    halluccheckPrri,
    halluccheckTrust,
    suppressionsGate,
  ];
  return new Map(all.map((executor) => [executor.type, executor]));
}
