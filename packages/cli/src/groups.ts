import type { AddCommands } from './command.js';

/** Commands that share one module, which is loaded only when one of them is called. */
export interface CommandGroup {
  /** The first words of their command lines. */
  readonly names: readonly string[];
  readonly load: () => Promise<AddCommands>;
}

/** Every group, in the order of the help. A command loads only its own group. */
export const GROUPS: readonly CommandGroup[] = [
  {
    names: ['init', 'doctor', 'keys'],
    load: async () => (await import('./commands/setup.js')).addSetupCommands,
  },
  {
    names: ['policy'],
    load: async () => (await import('./commands/policy.js')).addPolicyCommands,
  },
  {
    names: ['operator'],
    load: async () => (await import('./commands/operator.js')).addOperatorCommands,
  },
  {
    names: ['lineage'],
    load: async () => (await import('./commands/lineage.js')).addLineageCommands,
  },
  {
    names: ['mcp-proxy', 'mcp-tools'],
    load: async () => (await import('./commands/mcp-proxy.js')).addMcpCommands,
  },
  {
    names: ['gate'],
    load: async () => (await import('./commands/gate.js')).addGateCommands,
  },
  {
    names: ['audit'],
    load: async () => (await import('./commands/audit.js')).addAuditCommands,
  },
  {
    names: ['enterprise'],
    load: async () => (await import('./commands/enterprise.js')).addEnterpriseCommands,
  },
  {
    names: ['export'],
    load: async () => (await import('./commands/export-log.js')).addExportCommands,
  },
  {
    names: ['validate'],
    load: async () => (await import('./commands/validate.js')).addValidateCommands,
  },
  {
    names: ['completion'],
    load: async () => (await import('./commands/completion.js')).addCompletionCommand,
  },
];

/**
 * The groups that a command line needs: its own, or all of them for help and for unknown commands.
 */
export function groupsFor(argv: readonly string[]): readonly CommandGroup[] {
  const [first] = argv;
  const own = GROUPS.filter(({ names }) => first !== undefined && names.includes(first));
  // Completion needs every command.
  return own.length === 0 || first === 'completion' ? GROUPS : own;
}
