import { type EvidenceReader, eachRecord } from '@spanforge/core-events';
import { manifestAgentV1, manifestToolV1 } from '@spanforge/core-events/records';
import type { PolicyBundle } from '@spanforge/policy';

/** Whose tools are meant. */
interface ToolOwner {
  readonly tenant: string;
  /** The MCP server whose policy it is; absent for that of an environment. */
  readonly application: string | undefined;
}

/**
 * The tools that the log knows beside those of a bundle, for a check of the names in its rules: what
 * an MCP server listed, and what manifests of agents grant. Manifests name resources too, which need be
 * no tools, and an environment may have tools that nobody lists: none is given unless the bundle declares
 * tools, or is that of one server.
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
      // What cannot be read names no tool.
    }
  }
  const isTold =
    (application !== undefined && listed.size > 0) || Object.keys(bundle.tools).length > 0;
  return isTold ? [...listed, ...granted] : [];
}
