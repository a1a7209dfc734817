/**
 * What SpanForge's own packages above this one build on. Not part of the public surface: a release
 * may change it, and those packages are released with it.
 */
export { bundleReference } from './bundle/bundle.js';
export { controlKey } from './bundle/controls.js';
export { factSources } from './bundle/fact-order.js';
export { type DeclaredInBundle, declaredIn } from './bundle/fact-type.js';
export { createProblems, type LocateProblem, type Path, type Problems } from './bundle/problem.js';
export { wholeRedaction } from './bundle/rule.js';
export { DETECTOR_TYPES } from './bundle/schema.js';
export { type UnknownArgument, unknownArguments } from './bundle/unknown-arguments.js';
export { openLocalTime, openZone } from './bundle/zone.js';
export { closestName } from './closest-name.js';
export { createInput } from './decide/condition-input.js';
export { blocked } from './decide/decider.js';
export { createDeclaredTypes } from './decide/declared-types.js';
export { resultKind } from './decide/tool-result.js';
export { openDisclosed } from './lifecycle/open-disclosed.js';
export { type LostRequest, namesMore, openRecordedRequest } from './lifecycle/recorded-request.js';
export { decisionDraft, lifecycleDrafts } from './lifecycle/records.js';
export { takeSnapshot } from './lifecycle/request-snapshot.js';
export { createMatcher } from './pattern.js';
