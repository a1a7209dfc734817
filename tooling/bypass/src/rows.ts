/** The ways around governance that every adapter is tried with, by the id in its tests' names. */
export const ROWS: Readonly<Record<string, string>> = {
  'B-01': 'a result that streams',
  'B-02': 'parallel calls',
  'B-03': 'the framework retries',
  'B-04': 'a sub-agent or a handoff',
  'B-05': 'a tool that comes over MCP',
  'B-06': 'a tool added while running',
  'B-07': 'an approval resumed',
  'B-08': 'an exception inside a hook',
  'B-09': 'a call cancelled',
  'B-10': 'arguments edited after approval',
  'B-11': 'an approval replayed',
  'B-12': 'a bundle published during a hold',
  'B-13': 'a process restarted during a hold',
  'B-14': 'an unknown tool',
  'B-15': 'a tool renamed',
  'B-16': 'a description changed',
};

/** The packages that are tried, each with a file `src/bypass.test.ts`. */
export const ADAPTERS = ['govern', 'mcp', 'ai-sdk', 'langchain', 'openai-agents'] as const;
