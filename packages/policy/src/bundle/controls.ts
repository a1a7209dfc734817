/** Something a service asks the policy about. */
export interface ControlName {
  readonly service: string;
  readonly control: string;
  /**
   * The least and the greatest value the service observes. A threshold outside is refused when a
   * bundle is loaded, and an observed value outside makes a rule indeterminate. Any number where absent.
   */
  readonly range?: readonly [least: number, greatest: number];
}

/** The controls of the services that exist; a host registers others by option. */
export const CONTROLS: readonly ControlName[] = Object.freeze(
  [
    measured('sf_scope', 'capability_enforcement'),
    measured('sf_rbac', 'role_enforcement'),
    measured('sf_rag', 'grounding_threshold'),
    measured('sf_explain', 'explanation_generation'),
    { service: 'sf_lineage', control: 'lineage_capture' },
    measured('sf_validate', 'output_validation'),
    { service: 'sf_govern', control: 'tool_call' },
    { service: 'sf_govern', control: 'tool_result' },
  ].map((control) => Object.freeze(control)),
);

/** A control whose service observes 1 or 0, or something between. */
function measured(service: string, control: string): ControlName {
  return { service, control, range: Object.freeze([0, 1] as const) };
}

/** The key of a service and control; neither name can contain the separator. */
export function controlKey(service: string, control: string): string {
  return `${service}\n${control}`;
}
