import { readFile } from 'node:fs/promises';
import type { Recorder } from '@spanforge/core-events';
import type { GovernedCall, GovernorParts } from '@spanforge/govern';
import { createPolicy, type Policy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createRag, type GroundingResult, type Rag } from '@spanforge/rag';
import { createRbac, type Rbac } from '@spanforge/rbac';
import { createScope, type Scope } from '@spanforge/scope';
import type { Workspace } from 'spanforge';
import { asset } from './asset.js';
import { administration } from './context.js';
import { AGENT, CASE_WORKER, SUPERVISOR, TRAINEE } from './script.js';

type Log = Workspace['log'];

/** Puts the policy of the desk in force; leaves it as it is where it is already. */
async function openPolicy(log: Log, run: string): Promise<Policy> {
  const policy = createPolicy({ recorder: log, reader: log, context: administration(run) });
  const file = 'apps/reference/policy.yaml';
  await policy.lifecycle.activate(
    parseBundleYaml(await readFile(asset('policy.yaml'), 'utf8'), { file }),
  );
  return policy;
}

/** What the agent may do, whoever it works for. */
async function openScope(log: Log, run: string): Promise<Scope> {
  const scope = createScope({ recorder: log, reader: log });
  const manifest = {
    agentId: AGENT,
    capabilities: ['claim.read', 'decision.write'],
    resourceActions: { claims: ['read'], decisions: ['write'], messages: ['submit'] },
  };
  await scope.registerAgent(manifest, { context: administration(run) });
  return scope;
}

/** What the people may do, whichever agent works for them. */
async function openRbac(log: Log, run: string): Promise<Rbac> {
  const permissions = {
    viewer: { claims: ['read'] },
    editor: { claims: ['read', 'write'], decisions: ['write'], messages: ['submit'] },
  };
  const rbac = createRbac({ recorder: log, reader: log, permissions });
  for (const [actorId, role] of [
    [CASE_WORKER, 'editor'],
    [TRAINEE, 'viewer'],
    [SUPERVISOR, 'reviewer'],
  ] as const) {
    await rbac.registerActor({ actorId, roles: [role] }, { context: administration(run) });
  }
  return rbac;
}

/** What the agent has read of each claim; its decisions must rest on it. */
export type ClaimFiles = ReadonlyMap<string, string>;

/** What decisions rest on, and the calls whose decision rests on nothing. */
interface Grounds {
  readonly files: ClaimFiles;
  readonly unsupported: Set<string>;
}

/** What a call costs the desk: a fee, and the text that goes with it. In EUR. */
const costOf = ({ args }: GovernedCall): number =>
  0.002 + 0.00001 * Object.values(args as Readonly<Record<string, string>>).join('').length;

const DECISION = /^decisions\/(.+)\.md$/;

/** Scores a decision that is about to be written against the claim it is about, and asks the policy. */
async function checkGrounding(
  rag: Rag,
  { files, unsupported: critical }: Grounds,
  call: GovernedCall,
  recorder: Recorder,
) {
  const { path, content } = call.args as Readonly<Record<string, string>>;
  const claim = DECISION.exec(path ?? '')?.[1];
  if (call.tool !== 'write_file' || claim === undefined) {
    return {
      outcome: 'allow',
      obligations: [],
      reason: 'nothing to ground',
      reasonCode: 'not_applicable',
    } as const;
  }
  const file = files.get(claim);
  const sources = file === undefined ? [] : [{ id: `claims/open/${claim}.md`, text: file }];
  const { outcome, obligations, reason, reasonCode, claims, status } =
    await rag.assessGroundingWithPolicy(
      { answer: content ?? '', sources },
      { context: call.context, recorder },
    );
  if (status === 'ungrounded') critical.add(call.callId);
  const [unsupported] = claims.filter(({ verdict }) => verdict !== 'grounded');
  return {
    outcome,
    obligations,
    reasonCode,
    reason: unsupported ? tellClaim(unsupported) : reason,
  };
}

/** The first claim without support, and the part of the file that comes nearest to it. */
function tellClaim({ text, nearest }: GroundingResult['claims'][number]): string {
  const span = nearest === undefined ? 'nothing was read' : `nearest is “${oneLine(nearest.text)}”`;
  return `Not in the file: “${oneLine(text)}”; ${span}.`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The controls of the desk, in the order they are asked: people, agent, policy, grounding. */
export async function openControls(
  log: Log,
  run: string,
  files: ClaimFiles,
): Promise<Pick<GovernorParts, 'authorize' | 'scope' | 'policy' | 'preflight' | 'spans'>> {
  const policy = await openPolicy(log, run);
  const scope = await openScope(log, run);
  const rbac = await openRbac(log, run);
  const rag = createRag({ recorder: log, reader: log, policy });
  const grounds = { files, unsupported: new Set<string>() };
  return {
    policy,
    spans: {
      cost: (call) => ({ amount: costOf(call), currency: 'EUR' }),
      hriCritical: ({ callId }) => grounds.unsupported.has(callId),
    },
    authorize: ({ resource, action, context }, recorder) =>
      rbac.authorize({ actorId: context.actor, resource, action }, { context, recorder }),
    scope: ({ resource, action, context }, recorder) =>
      scope.evaluate({ agentId: context.agent, resource, action }, { context, recorder }),
    preflight: [
      {
        name: 'grounding',
        control: (call, recorder) => checkGrounding(rag, grounds, call, recorder),
      },
    ],
  };
}
