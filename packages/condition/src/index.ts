export { type Condition, type ConditionSchema, compileCondition } from './condition.js';
export { ConditionError, type ConditionErrorCode, type ConditionErrorDetails } from './error.js';
export type { CompareOperator, Scalar } from './expression.js';
export type { Fragment } from './fragment.js';
export { typeOfSchema } from './json-schema.js';
export type { ConditionLimits } from './parse.js';
export type { ConditionResult, Indeterminate, IndeterminateReason } from './result.js';
export type { ConditionInput, ConditionTime } from './roots.js';
export type { StaticType } from './static-type.js';
