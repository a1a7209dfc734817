import type { CallControl, ControlDecision } from '@spanforge/govern';
import type { ToolState } from './catalogue.js';

const REFUSALS: Partial<Record<ToolState, readonly [reasonCode: string, reason: string]>> = {
  unknown: ['unknown_tool', 'The server lists no tool of that name.'],
  gone: ['unknown_tool', 'The server no longer lists a tool of that name.'],
  changed: ['tool_changed', 'The tool is not described as it was when it was pinned.'],
  new: ['tool_unapproved', 'Nobody has approved this tool yet.'],
  unchecked: ['pins_unavailable', 'The pinned definition of the tool cannot be read.'],
};

const ALLOWED: ControlDecision = {
  outcome: 'allow',
  obligations: [],
  reason: 'The tool is the one that is known.',
  reasonCode: 'allowed',
};

/** Blocks calls of tools that are not listed, or not as they were pinned. */
export function createToolControl(
  stateOf: (tool: string) => ToolState | undefined,
  refused: ReadonlySet<ToolState>,
): CallControl {
  return async ({ tool }) => {
    const state = stateOf(tool);
    const refusal = state !== undefined && refused.has(state) ? REFUSALS[state] : undefined;
    if (refusal === undefined) return ALLOWED;
    const [reasonCode, reason] = refusal;
    return { outcome: 'block', obligations: [], reason, reasonCode };
  };
}
