export { draftPolicy } from './draft/draft-policy.js';
export { parseToolSchemas } from './draft/tool-schemas.js';
export type {
  DraftCall,
  DraftOptions,
  DraftRun,
  DraftSummary,
  PolicyDraft,
  ToolSchema,
} from './draft/types.js';
