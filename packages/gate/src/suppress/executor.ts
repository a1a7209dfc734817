import { z } from 'zod';
import { GateError } from '../error.js';
import type { GateExecutor } from '../executor.js';
import { judgeSuppressionFacts, SUPPRESSION_METRICS } from './suppressions-gate.js';

/** The gate that ends every run with a suppression file; a pipeline cannot name it. */
export const suppressionsGate: GateExecutor = {
  type: 'suppressions',
  metrics: SUPPRESSION_METRICS,
  options: z.strictObject({}),
  gather: () =>
    Promise.reject(new GateError('GATE_INPUT_INVALID', 'a run checks its suppressions by itself')),
  judge: judgeSuppressionFacts,
};
