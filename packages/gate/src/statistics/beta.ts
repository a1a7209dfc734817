import { incompleteBeta } from '@spanforge/core-events/statistics';

/** The x with I_x(a, b) = p, found by bisection. */
export function inverseIncompleteBeta(p: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 200 && high - low > 1e-15; step += 1) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
