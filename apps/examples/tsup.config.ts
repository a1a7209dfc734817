import { defineConfig } from 'tsup';

export default defineConfig({
  entry: [
    'src/wrap-a-tool.ts',
    'src/export-and-verify.ts',
    'src/altered-decision.ts',
    'src/authzen-decision-point.ts',
    'src/runtime-governance-demo.ts',
    'src/enterprise-evidence-demo.ts',
    'src/ai-sdk-quick-start.ts',
    'src/langchain-quick-start.ts',
    'src/openai-agents-quick-start.ts',
    'src/mcp-quick-start.ts',
  ],
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  clean: true,
});
