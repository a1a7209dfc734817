export { formatPercent, type Share, shareOf } from './share.js';
export { type ScoreInterval, wilson } from './wilson.js';
