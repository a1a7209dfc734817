const Z = 1.959964;

/** Wilson's 95 % score interval of a proportion, 0 to 1; undefined without trials. */
export function wilson(
  successes: number,
  trials: number,
): { readonly share: number; readonly low: number; readonly high: number } | undefined {
  if (trials === 0) return undefined;
  const share = successes / trials;
  const scale = 1 + (Z * Z) / trials;
  const middle = (share + (Z * Z) / (2 * trials)) / scale;
  const half =
    (Z / scale) * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials));
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Such as `92.0 [89.3, 94.1] 460/500`. */
export function formatShare(successes: number, trials: number): string {
  const interval = wilson(successes, trials);
  if (interval === undefined) return '-';
  const [share, low, high] = [interval.share, interval.low, interval.high].map((value) =>
    (100 * value).toFixed(1),
  );
  return `${share} [${low}, ${high}] ${successes}/${trials}`;
}
