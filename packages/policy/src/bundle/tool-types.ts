import type { StaticType } from '@spanforge/condition';

/** Types by tool, for the tools that declare them. */
export interface ToolTypes {
  readonly args: ReadonlyMap<string, StaticType>;
  readonly result: ReadonlyMap<string, StaticType>;
}
