import type { EvidenceReader, EvidenceRecord } from '@spanforge/core-events';
import { createProjection, type Projection } from '@spanforge/core-events/log';
import { type PolicyLifecycleBody, policyLifecycleV1 } from '@spanforge/core-events/records';
import type { Control } from '../bundle/controls.js';
import { parseBundle } from '../bundle/parse.js';
import { compileBundle, type Decider } from '../decide/decider.js';

/** One step in what governs an environment. */
export interface Activation {
  /** `none` after a deactivation; `unreadable` when this process cannot read what was activated. */
  readonly decider: Decider | 'none' | 'unreadable';
  readonly version: string;
  readonly digest: string;
  readonly effectiveAtMs: number;
}

/** Everything the log says about activations, per environment in log order. */
export interface Activations {
  readonly byEnvironment: Map<string, Activation[]>;
  /** Texts that arrive in parts, by digest and environment. */
  readonly parts: Map<string, string[]>;
  /** Set by a record that does not say which environment it is about. */
  unreadable: boolean;
}

const GOVERNS = new Set<PolicyLifecycleBody['step']>(['activated', 'promoted', 'rolled_back']);

/** The state of the service: a function of the log, so that every replica sees the same. */
export function projectActivations(
  reader: EvidenceReader,
  controls: readonly Control[],
  timing: { readonly clock: () => number; readonly refreshMs?: number; readonly maxLagMs?: number },
): Projection<Activations> {
  return createProjection<Activations>({
    reader,
    ...timing,
    types: [policyLifecycleV1.key],
    empty: () => ({ byEnvironment: new Map(), parts: new Map(), unreadable: false }),
    apply: (state, record) => apply(state, record, controls),
  });
}

/** The activation in force at a moment: the last one made whose time has come. */
export function inForce(
  activations: readonly Activation[] | undefined,
  atMs: number,
): Activation | undefined {
  return activations?.findLast(({ effectiveAtMs }) => effectiveAtMs <= atMs);
}

function apply(state: Activations, record: EvidenceRecord, controls: readonly Control[]): void {
  if (record.mode !== 'live') return;
  let body: PolicyLifecycleBody;
  try {
    body = policyLifecycleV1.fromWire(record.body);
  } catch {
    state.unreadable = true;
    return;
  }
  const { step, environment, version, digest = '' } = body;
  const list = state.byEnvironment.get(environment) ?? [];
  state.byEnvironment.set(environment, list);
  if (step === 'deactivated') {
    const effectiveAtMs = Number.NEGATIVE_INFINITY;
    list.push({ decider: 'none', version, digest, effectiveAtMs });
  }
  if (!GOVERNS.has(step)) return;
  const text = joinParts(state, body);
  if (text !== undefined) list.push(readActivation(text, version, digest, controls));
}

/** The bundle's text, once its last part is there. */
function joinParts(state: Activations, body: PolicyLifecycleBody): string | undefined {
  const { bundle = '', part, digest, environment } = body;
  if (part === undefined) return bundle;
  const key = `${digest}\n${environment}`;
  const parts = part.number === 1 ? [] : (state.parts.get(key) ?? []);
  parts.push(bundle);
  state.parts.set(key, parts);
  if (part.number < part.of) return undefined;
  state.parts.delete(key);
  return parts.join('');
}

function readActivation(
  text: string,
  version: string,
  digest: string,
  controls: readonly Control[],
): Activation {
  try {
    const bundle = parseBundle(JSON.parse(text), { controls });
    if (bundle.digest === digest) {
      const { effectiveAtMs } = bundle;
      return { decider: compileBundle(bundle), version, digest, effectiveAtMs };
    }
  } catch {
    // Told apart below: what cannot be read here still governs, and blocks.
  }
  const effectiveAtMs = Number.NEGATIVE_INFINITY;
  return { decider: 'unreadable', version, digest, effectiveAtMs };
}
