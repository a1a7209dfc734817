import { scalar } from '../testing/yaml-text.js';
import { comments } from './text.js';
import type { ToolDraft } from './tool-draft.js';

/** A manifest for `@spanforge/scope`: the tools that were seen, each for what it does. */
export function writeManifest(
  agentId: string,
  tools: readonly ToolDraft[],
  head: readonly string[],
): string {
  return [
    ...comments(head, ''),
    '# A resource is the name of a tool, its action the effect of the tool; where the host names',
    '# others for its tools, put those here.',
    `agent_id: ${scalar(agentId)}`,
    'capabilities: []',
    tools.length === 0 ? 'resource_actions: {}' : 'resource_actions:',
    ...tools.flatMap(({ name, effect, comments: lines }) => [
      ...comments(
        lines.filter((line) => /^calls: |^REVIEW: (only|nothing says)/.test(line)),
        '  ',
      ),
      `  ${scalar(name)}: [${effect}]`,
    ]),
    'on_denied: block',
    '',
  ].join('\n');
}
