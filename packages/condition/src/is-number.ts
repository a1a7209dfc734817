/** Whether JSON can express the number. NaN would compare as false, which would be a guess. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
