import { dependencySecurity } from './dependencies/executor.js';
import { goldenDrift } from './drift/executor.js';
import type { GateExecutor } from './executor.js';
import { performanceRegression } from './performance/executor.js';
import { evalPromotion } from './promotion/executor.js';
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
    evalPromotion,
    goldenDrift,
    suppressionsGate,
  ];
  return new Map(all.map((executor) => [executor.type, executor]));
}
