/** Something a service asks the policy about. */
export interface ControlName {
  readonly service: string;
  readonly control: string;
}

/** The controls of the services that exist; a host registers others by option. */
export const CONTROLS: readonly ControlName[] = Object.freeze(
  [
    ['sf_scope', 'capability_enforcement'],
    ['sf_rbac', 'role_enforcement'],
    ['sf_rag', 'grounding_threshold'],
    ['sf_explain', 'explanation_generation'],
    ['sf_lineage', 'lineage_capture'],
    ['sf_validate', 'output_validation'],
    ['sf_govern', 'tool_call'],
    ['sf_govern', 'tool_result'],
  ].map(([service = '', control = '']) => Object.freeze({ service, control })),
);

/** One key for a pair; the separator can stand in neither part. */
export function controlKey(service: string, control: string): string {
  return `${service}\n${control}`;
}
