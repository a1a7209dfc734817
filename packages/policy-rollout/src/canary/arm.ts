import {
  createDiscloser,
  type DecisionScope,
  type PolicyDecider,
  type PolicyRequest,
  type PolicyVerdict,
} from '@spanforge/core-events';
import { compileBundle, type PolicyBundle } from '@spanforge/policy';
import { blocked, decisionDraft, takeSnapshot } from '@spanforge/policy/internal';

/** One of the two deciders, and the digest of the bundle it decides by. */
export interface CanaryArm {
  readonly digest: string;
  readonly decider: PolicyDecider;
}

/** An arm, and its bundle where the canary itself decides by it. */
export interface OpenArm extends CanaryArm {
  readonly bundle?: PolicyBundle;
}

/** The given arm, or one made from a bundle. */
export function toArm(given: CanaryArm | PolicyBundle): OpenArm {
  if ('decider' in given) return given;
  return { digest: given.digest, decider: bundleDecider(given), bundle: given };
}

/**
 * A bundle as a decider: with a scope the decision is recorded first, and one that cannot be is
 * `block` with code `evidence_unavailable`. Counted facts are missing here; a policy service counts.
 */
function bundleDecider(bundle: PolicyBundle): PolicyDecider {
  const decider = compileBundle(bundle);
  const disclose = createDiscloser();
  return {
    async decide(request: PolicyRequest, scope?: DecisionScope): Promise<PolicyVerdict> {
      const asked = withFacts(request);
      if (asked === undefined) return UNREADABLE;
      if (scope === undefined) return decider.decide(asked);
      const defaults = { env: scope.context.env, time: asked.time };
      const snapshot = takeSnapshot(asked, defaults);
      const { copy } = snapshot;
      const verdict =
        copy === undefined
          ? UNREADABLE
          : copy.env === scope.context.env
            ? decider.decide(copy)
            : ELSEWHERE;
      const said = snapshot.text === undefined ? {} : { text: snapshot.text };
      try {
        const draft = decisionDraft(snapshot, { verdict, ...said }, scope.context, disclose);
        const { receipts } = await scope.recorder.append([draft]);
        receipts.catch(() => undefined);
        return verdict;
      } catch {
        return blocked('evidence_unavailable', 'The decision could not be recorded.');
      }
    },
  };

  function withFacts(request: PolicyRequest): PolicyRequest | undefined {
    try {
      return decider.withFacts(request);
    } catch {
      return undefined;
    }
  }
}

const UNREADABLE = Object.freeze(blocked('request_unreadable', 'The request cannot be read.'));
const ELSEWHERE = Object.freeze(
  blocked('environment_mismatch', 'The request names another environment than its context.'),
);
