import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, type Governor } from '@spanforge/govern';
import { createLabelTracker } from '@spanforge/lineage/labels';
import type { Decider } from '@spanforge/policy';
import type { Sequence } from './corpus.js';
import { USER_REQUEST } from './judge.js';

type Tool = Parameters<Governor['govern']>[1];

/** The same sequence through a real governor, over a real log: which calls were stopped. */
export async function governSequence(
  decider: Decider | undefined,
  sequence: Sequence,
): Promise<readonly boolean[]> {
  const log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'example.com/attacks', writer: 'test', hmac: false },
  });
  const governor = createGovernor({
    log,
    labels: createLabelTracker({ resultsCarry: 'exact' }),
    ...(decider === undefined
      ? {}
      : { policy: { decide: async (asked) => decider.decide(asked) } }),
  });
  const wire = { tenant: 't', project: 'p', env: 'test', run: 'r', traceId: 'trace' };
  const who = { agent: 'assistant', actor: 'user' };
  // A tool is governed once, so that all its calls in a sequence must have the same labels.
  let answer: unknown;
  const govern = (tool: Tool) => governor.govern(() => answer, tool);
  govern({ name: USER_REQUEST, effect: 'read', output: 'trusted' });
  answer = { text: sequence.goal };
  await governor.call(USER_REQUEST, {}, { ...wire, ...who, callId: 'request' });
  const known = new Map<string, string>();
  const stopped: boolean[] = [];
  for (const [at, call] of sequence.calls.entries()) {
    const outputLabels = call.confidentiality === undefined ? [] : [call.confidentiality];
    const labels = `${call.output_trust} ${outputLabels.join(' ')}`;
    if ((known.get(call.tool) ?? labels) !== labels)
      throw new Error(`${sequence.id}: ${call.tool}`);
    if (!known.has(call.tool)) {
      const { tool: name, effect, output_trust: output } = call;
      govern({ name, effect, output, outputLabels });
    }
    known.set(call.tool, labels);
    answer = call.result;
    const context = { ...wire, ...who, callId: `c${at}` };
    const { status } = await governor.call(call.tool, call.args, context);
    stopped.push(status !== 'completed');
  }
  await log.close();
  return stopped;
}
