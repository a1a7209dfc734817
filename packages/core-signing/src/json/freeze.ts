/**
 * Freezes plain data recursively and returns it. Meant for data that nobody else holds, such as a
 * parsed copy; stops at objects that are already frozen.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
