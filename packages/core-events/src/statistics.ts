export { incompleteBeta } from './statistics/incomplete-beta.js';
export { logBeta, logGamma } from './statistics/log-gamma.js';
