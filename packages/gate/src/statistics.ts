export { incompleteBeta, logGamma } from '@spanforge/core-events/statistics';
export {
  createSequentialPairs,
  type SequentialPairs,
} from './statistics/always-valid.js';
export { inverseIncompleteBeta } from './statistics/beta.js';
export {
  binomialUpperTail,
  clopperPearsonLower,
  clopperPearsonUpper,
  mcNemarExact,
} from './statistics/binomial.js';
export { type ChangeInterval, quantileChange } from './statistics/bootstrap.js';
export {
  greatestShareChange,
  jensenShannon,
  kolmogorovSmirnov,
  populationStabilityIndex,
} from './statistics/drift.js';
export { holm } from './statistics/holm.js';
export {
  fewestDiscordant,
  judgePairs,
  type PairCounts,
  type PairedVerdict,
} from './statistics/paired.js';
export { ascending, quantile } from './statistics/quantile.js';
export { createSeededRandom, type Random } from './statistics/random.js';
