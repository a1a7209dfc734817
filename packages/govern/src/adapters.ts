export { type Admission, type Admissions, createAdmissions } from './adapters/admissions.js';
export {
  type CallerContext,
  type CallerSource,
  checkCaller,
  completeCaller,
  resolveCaller,
} from './adapters/caller.js';
export { type Gate, openGate, type RunTool } from './adapters/gate.js';
export {
  type AdapterForms,
  type AdapterOptions,
  type AdapterToolOptions,
  checkAdapterOptions,
  isUngovernedAllowed,
  type OptionForm,
} from './adapters/tool-options.js';
export { createReviewHandle } from './reviews/review-handle.js';
