import { wilson } from '@spanforge-tooling/statistics';

/** Such as `92.0 [89.3, 94.1] 460/500`. */
export function formatShare(successes: number, trials: number): string {
  const interval = wilson(successes, trials);
  if (interval === undefined) return '-';
  const [share, low, high] = [interval.share, interval.low, interval.high].map((value) =>
    (100 * value).toFixed(1),
  );
  return `${share} [${low}, ${high}] ${successes}/${trials}`;
}
