/**
 * Freezes plain data all the way down and returns it. Meant for trees that nobody else holds, such
 * as a parsed copy; it does not follow what is already frozen.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
