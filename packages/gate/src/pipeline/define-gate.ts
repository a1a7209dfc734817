import { SFGateSchemaError } from '../error.js';
import type { GateExecutor } from '../executor.js';
import { GATE_ID, type GateDefinition, gateDefinition } from '../model/definition.js';
import { typeOfGate } from '../resolve-gate.js';
import type { EvaluateOptions } from '../types.js';
import { loadPipeline } from './load-pipeline.js';

/**
 * Makes the definition of one gate that is evaluated on its own, with all the checks of a pipeline
 * file.
 *
 * @throws {SFGateSchemaError}
 */
export function defineGate(
  gateId: string,
  given: EvaluateOptions,
  executors: ReadonlyMap<string, GateExecutor>,
): GateDefinition {
  const { name, onFail, passCondition, command, engine, report, timeoutSeconds } = given;
  const parsed = gateDefinition.safeParse({
    id:
      GATE_ID.test(gateId) && !executors.has(gateId)
        ? gateId
        : gateId.replaceAll('_', '-').toLowerCase(),
    type: typeOfGate(gateId, executors),
    ...(name === undefined ? {} : { name }),
    ...(onFail === undefined ? {} : { on_fail: onFail }),
    ...(passCondition === undefined ? {} : { pass_condition: passCondition }),
    ...(command === undefined ? {} : { command }),
    ...(engine === undefined ? {} : { engine }),
    ...(report === undefined ? {} : { report }),
    ...(timeoutSeconds === undefined ? {} : { timeout_seconds: timeoutSeconds }),
    with: given.with ?? {},
  });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      return { path: ['$', ...path.map(String)].join('.'), message };
    });
    throw new SFGateSchemaError(`${problems[0]?.path}: ${problems[0]?.message}`, problems);
  }
  const { needs: _, skip_if: __, ...plain } = parsed.data;
  loadPipeline(JSON.stringify({ gates: [plain] }), { source: parsed.data.id, executors });
  return parsed.data;
}
