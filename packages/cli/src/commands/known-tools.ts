import { type EvidenceReader, eachRecord } from '@spanforge/core-events';
import { manifestAgentV1, manifestToolV1, policyLifecycleV1 } from '@spanforge/core-events/records';
import type { PolicyBundle } from '@spanforge/policy';

/** The owner of the tools. */
interface ToolOwner {
  readonly tenant: string;
  /** The MCP server whose policy it is; absent for the policy of an environment. */
  readonly application: string | undefined;
}

/**
 * The tools that the log knows in addition to those of a bundle, for checking the names in its
 * rules: those that an MCP server listed, and those that manifests of agents grant. Manifests also
 * name resources that are not tools, and an environment may have tools that are listed nowhere. So
 * the result is empty unless the bundle declares tools, or belongs to one server.
 */
export async function toolsOnRecord(
  reader: EvidenceReader,
  bundle: PolicyBundle,
  { tenant, application }: ToolOwner,
): Promise<readonly string[]> {
  const listed = new Set<string>();
  const granted = new Set<string>();
  const types = [manifestAgentV1.key, manifestToolV1.key];
  for await (const { type, body } of eachRecord(reader, { tenant, types })) {
    try {
      if (type === manifestAgentV1.key) {
        const { resourceActions = {} } = manifestAgentV1.fromWire(body);
        for (const name of Object.keys(resourceActions)) if (name !== '*') granted.add(name);
      } else {
        const pin = manifestToolV1.fromWire(body);
        if (pin.server === (application ?? 'mcp')) listed.add(pin.tool);
      }
    } catch {
      // A record that cannot be read names no tool.
    }
  }
  const isTold =
    (application !== undefined && listed.size > 0) || Object.keys(bundle.tools).length > 0;
  return isTold ? [...listed, ...granted] : [];
}

/** The environments for which bundles were activated. */
export async function environmentsOnRecord(
  reader: EvidenceReader,
  tenant: string,
): Promise<readonly string[]> {
  const found = new Set<string>();
  const types = [policyLifecycleV1.key];
  for await (const { body } of eachRecord(reader, { tenant, types })) {
    try {
      const { step, environment } = policyLifecycleV1.fromWire(body);
      if (step === 'activated' || step === 'promoted') found.add(environment);
    } catch {
      // A record that cannot be read names no environment.
    }
  }
  return [...found];
}
