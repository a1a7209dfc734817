/** The logarithm of the mean of numbers, from the logarithms of the numbers. */
export function logMeanExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  if (top === Number.NEGATIVE_INFINITY) return top;
  const sum = logs.reduce((total, log) => total + Math.exp(log - top), 0);
  return top + Math.log(sum / logs.length);
}
