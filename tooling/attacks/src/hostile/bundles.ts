import { compareBundles } from '@spanforge/policy-workbench';
import { BLOCK_ALL, bundleOf, grounding, type HostileTry, loading, review } from './set-up.js';

/** Values that can never come true: D-09. */
export const NEVER: readonly HostileTry[] = [
  ['30 February', () => loading(BLOCK_ALL, { effective_at: '2026-02-30T00:00:00Z' })],
  ['29 February 2025', () => loading(BLOCK_ALL, { effective_at: '2025-02-29T00:00:00Z' })],
  ['a grounding threshold of 70', () => loading([{ ...grounding, threshold: 70 }])],
  ['a grounding threshold of -0.1', () => loading([{ ...grounding, threshold: -0.1 }])],
].map(([tried, happens]) => ({
  id: 'D-09',
  tried: tried as string,
  must: 'load error',
  happens: happens as () => string,
}));

const strict = bundleOf(review({}));
const masking = bundleOf([{ action: 'allow', when: 'args.n > 1', on_error: 'redact' }]);
const counting = { facts: { paid: { count: 'calls', window: '1d' } } };
const afterFive = [{ when: 'facts.paid > 5', action: 'block', on_error: 'allow' }];
/** Bundles that are looser than the one before: D-12. */
export const LOOSER: readonly HostileTry[] = [
  ['a rule that becomes fail_open', strict, bundleOf(review({ on_unavailable: 'fail_open' }))],
  ['a rule that is gone', strict, bundleOf(review({ enabled: false }))],
  [
    'counters that begin anew under another policy_id',
    bundleOf(afterFive, counting),
    bundleOf(afterFive, { ...counting, policy_id: 'q' }),
  ],
  [
    'an on_error that masks no more',
    masking,
    bundleOf([{ action: 'allow', when: 'args.n > 1', on_error: 'human_review' }]),
  ],
].map(([tried, before, after]) => ({
  id: 'D-12',
  tried: `compared: ${tried}`,
  must: 'not called never_looser',
  happens: () => {
    const { verdict } = compareBundles(before as typeof strict, after as typeof strict);
    return verdict === 'never_looser' ? verdict : 'not called never_looser';
  },
}));
