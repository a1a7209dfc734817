export { type Admission, type Admissions, createAdmissions } from './adapters/admissions.js';
export { type Gate, openGate, type RunTool } from './adapters/gate.js';
