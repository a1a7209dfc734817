import { writeYaml } from '@spanforge/yaml';
import type { ToolDraft } from './tool-draft.js';

const RESOURCES = [
  'A resource is the name of a tool, its action the effect of the tool; where the host names',
  'others for its tools, put those here.',
];

/** Writes a manifest for `@spanforge/scope`: the tools that were seen, each with its effect. */
export function writeManifest(
  agentId: string,
  tools: readonly ToolDraft[],
  head: readonly string[],
): string {
  const manifest = {
    agent_id: agentId,
    capabilities: [],
    resource_actions: Object.fromEntries(tools.map(({ name, effect }) => [name, [effect]])),
    on_denied: 'block',
  };
  return writeYaml(manifest, {
    blockDepth: 2,
    commentsAbove: ([member, tool]) => {
      if (tool === undefined) return member === 'agent_id' ? [...head, ...RESOURCES] : [];
      const { comments = [] } = tools.find(({ name }) => name === tool) ?? {};
      return comments.filter((line) => /^calls: |^REVIEW: (only|nothing says)/.test(line));
    },
  });
}
