export { stepsOfCalls } from './call-steps.js';
export { LineageError, type LineageErrorCode, type LineageErrorDetails } from './error.js';
export { toMermaid } from './export/mermaid.js';
export { toOpenLineage } from './export/open-lineage.js';
export { toProvJson } from './export/prov.js';
export { toSvg } from './export/svg.js';
export {
  type GraphEdge,
  type GraphFault,
  type GraphNode,
  type GraphStep,
  graphOf,
  type LineageGraph,
} from './graph.js';
export { createLineage } from './lineage.js';
export type {
  DataReference,
  Declassification,
  Lineage,
  LineageCall,
  LineageEntry,
  LineageKind,
  LineageOptions,
  LineageRecord,
  LineageStatus,
  RecordedStep,
  Walk,
  WalkOptions,
} from './types.js';
