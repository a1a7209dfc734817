export { createLattice, type Lattice, STANDARD_CHAINS } from './labels/lattice.js';
export {
  type LabelledValue,
  labelsFor,
  type Propagation,
  type PropagationMode,
  propagate,
} from './labels/propagate.js';
export { sharesRun, sharesValue, traceValue, type ValueTrace } from './labels/traces.js';
export {
  createLabelTracker,
  type LabelTracker,
  type LabelTrackerOptions,
  type TrackedCall,
} from './labels/tracker.js';
