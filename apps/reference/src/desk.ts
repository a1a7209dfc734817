import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createIds, type Recorder } from '@spanforge/core-events';
import {
  createGovernor,
  type GovernedCall,
  type GovernedResult,
  type Governor,
} from '@spanforge/govern';
import { createPolicy, type Policy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';
import { initWorkspace, openWorkspace, type Workspace } from 'spanforge';
import { type FilesServer, startFilesServer } from './files-server.js';
import { AGENT, CASE_WORKER, type Step, SUPERVISOR, TRAINEE } from './script.js';

const SOURCE = 'claims-desk@1.0.0';
const PLACE = { tenant: 'example-insurance', project: 'claims', env: 'prod' } as const;

type Args = Readonly<Record<string, string>>;

/** The claims desk: tools behind their controls, over one evidence log. */
export interface Desk {
  readonly workspace: Workspace;
  /** The run all traces of this desk belong to. */
  readonly run: string;
  /** Performs one step under a trace of its own; again with the trace of a held one to redeem it. */
  perform(step: Step, traceId: string, callId: string): Promise<GovernedResult<unknown>>;
  close(): Promise<void>;
}

const asset = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** A fresh copy of the claims, and empty folders for what the agent writes. */
async function layOut(folder: string): Promise<void> {
  await cp(asset('claims'), join(folder, 'claims'), { recursive: true });
  await mkdir(join(folder, 'decisions'), { recursive: true });
  await mkdir(join(folder, 'outbox'), { recursive: true });
}

async function openOrInit(root: string): Promise<Workspace> {
  try {
    return await openWorkspace(root, 'claims-desk');
  } catch (error) {
    if ((error as { code?: string }).code !== 'CLI_WORKSPACE_MISSING') throw error;
    await initWorkspace(root, {
      origin: 'claims.example/evidence',
      tenant: PLACE.tenant,
      project: PLACE.project,
      environment: PLACE.env,
    });
    return openWorkspace(root, 'claims-desk');
  }
}

const administration = (run: string) => ({
  ...PLACE,
  run,
  traceId: `setup-${run}`,
  agent: 'claims-desk',
  actor: 'platform-team',
  source: SOURCE,
});

/** Puts the policy of the desk in force; leaves it as it is where it is already. */
async function activatePolicy(policy: Policy): Promise<void> {
  const file = 'apps/reference/policy.yaml';
  await policy.activate(parseBundleYaml(await readFile(asset('policy.yaml'), 'utf8'), { file }));
}

/** Which resource a path belongs to: the first folder of it. */
const resourceOf = ({ path }: Args): string => path?.split('/')[0] ?? 'unknown';

/** The tools, as the agent's framework would have them; each does one thing and knows no policy. */
function wrapTools(governor: Governor, files: FilesServer, folder: string): void {
  const onFiles =
    (tool: string) =>
    async (args: Args): Promise<string> =>
      files.call(tool, { ...args, path: join(folder, args.path ?? '') });
  for (const [name, effect] of [
    ['read_text_file', 'read'],
    ['list_directory', 'read'],
    ['write_file', 'write'],
  ] as const) {
    governor.govern(onFiles(name), { name, effect, action: effect, resource: resourceOf });
  }
  let sent = 0;
  const sendMessage = async ({ to, text }: Args): Promise<string> => {
    sent += 1;
    const path = join(folder, 'outbox', `${Date.now()}-${sent}.txt`);
    return files.call('write_file', { path, content: `to: ${to}\n\n${text}\n` });
  };
  governor.govern(sendMessage, { name: 'send_message', resource: 'messages', action: 'submit' });
}

/**
 * Opens the desk in a workspace folder, which is made when it is missing: the evidence log with its
 * keys, the policy of the desk, the manifest of its agent and the roles of its people.
 */
export async function openDesk(root: string): Promise<Desk> {
  const workspace = await openOrInit(root);
  const { log } = workspace;
  const run = `run-${createIds()()}`;
  const folder = join(root, 'desk', run);
  await layOut(folder);
  const files = await startFilesServer(folder);
  const context = administration(run);
  const policy = createPolicy({ recorder: log, reader: log, context });
  await activatePolicy(policy);
  const scope = createScope({ recorder: log, reader: log });
  const rbac = createRbac({
    recorder: log,
    reader: log,
    permissions: {
      viewer: { claims: ['read'] },
      editor: { claims: ['read', 'write'], decisions: ['write'], messages: ['submit'] },
    },
  });
  await scope.registerAgent(
    {
      agentId: AGENT,
      capabilities: ['claim.read', 'decision.write'],
      resourceActions: { claims: ['read'], decisions: ['write'], messages: ['submit'] },
    },
    { context },
  );
  await rbac.registerActor({ actorId: CASE_WORKER, roles: ['editor'] }, { context });
  await rbac.registerActor({ actorId: TRAINEE, roles: ['viewer'] }, { context });
  await rbac.registerActor({ actorId: SUPERVISOR, roles: ['reviewer'] }, { context });

  const governor = createGovernor({
    log,
    source: SOURCE,
    policy,
    authorize: ({ resource, action, context }, recorder) =>
      rbac.authorize({ actorId: context.actor, resource, action }, { context, recorder }),
    scope: ({ resource, action, context }, recorder) =>
      scope.evaluate({ agentId: context.agent, resource, action }, { context, recorder }),
    preflight: [
      { name: 'grounding', control: (call, recorder) => checkGrounding(policy, call, recorder) },
    ],
  });
  wrapTools(governor, files, folder);

  return {
    workspace,
    run,
    perform: (step, traceId, callId) =>
      governor.call(step.tool, step.args, {
        ...PLACE,
        run,
        traceId,
        callId,
        agent: AGENT,
        actor: step.actor ?? CASE_WORKER,
        ...(step.grounding === undefined ? {} : { policyContext: { grounding: step.grounding } }),
      }),
    async close() {
      await files.close();
      await workspace.close();
    },
  };
}

/** Asks the policy about the grounding of a text that is about to be written. */
async function checkGrounding(policy: Policy, call: GovernedCall, recorder: Recorder) {
  const grounding = call.policyContext?.grounding;
  if (typeof grounding !== 'number') {
    return {
      outcome: 'allow',
      obligations: [],
      reason: 'nothing to ground',
      reasonCode: 'not_applicable',
    } as const;
  }
  return policy.decide(
    {
      service: 'sf_rag',
      control: 'grounding_threshold',
      tool: call.tool,
      observed: grounding,
      actor: { id: call.context.actor },
      agent: { id: call.context.agent },
      env: call.context.env,
      time: call.time,
    },
    { recorder, context: call.context },
  );
}
