import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createIds } from '@spanforge/core-events';
import { createGovernor, type GovernedResult } from '@spanforge/govern';
import { createLabelTracker } from '@spanforge/lineage/labels';
import { CliError, initWorkspace, openWorkspace, type Workspace } from 'spanforge';
import { asset } from './asset.js';
import { PLACE, SOURCE } from './context.js';
import { type ClaimFiles, openControls } from './controls.js';
import { type FilesServer, startFilesServer } from './files-server.js';
import { AGENT, CASE_WORKER, type Step } from './script.js';
import { governTools } from './tools.js';

/** The claims desk: tools behind their controls, over one evidence log. */
export interface Desk {
  readonly workspace: Workspace;
  /** The run all traces of this desk belong to. */
  readonly run: string;
  /** Performs one step under a trace of its own; again with the trace of a held one to redeem it. */
  perform(step: Step, traceId: string, callId: string): Promise<GovernedResult<unknown>>;
  close(): Promise<void>;
}

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
    if (!CliError.is(error) || error.code !== 'CLI_WORKSPACE_MISSING') throw error;
    const { tenant, project, env: environment } = PLACE;
    await initWorkspace(root, { origin: 'claims.example/evidence', tenant, project, environment });
    return openWorkspace(root, 'claims-desk');
  }
}

interface Opening {
  readonly workspace: Workspace;
  readonly run: string;
  readonly files: FilesServer;
  readonly folder: string;
  readonly claims: ClaimFiles;
}

async function openIn({ workspace, run, files, folder, claims }: Opening) {
  const { log } = workspace;
  const controls = await openControls(log, run, claims);
  const labels = createLabelTracker();
  const governor = createGovernor({ log, source: SOURCE, labels, ...controls });
  governTools(governor, files, folder);
  return governor;
}

const CLAIM = /^claims\/open\/(.+)\.md$/;

/** Keeps what was read of a claim, once it was released to the agent. */
function keepClaim(claims: Map<string, string>, step: Step, result: GovernedResult<unknown>): void {
  const claim = step.tool === 'read_text_file' ? CLAIM.exec(step.args.path ?? '')?.[1] : undefined;
  if (claim === undefined || result.status !== 'completed') return;
  claims.set(claim, String(result.value));
}

/**
 * Opens the desk in a workspace folder, which is made when it is missing: the evidence log with its
 * keys, the policy of the desk, the manifest of its agent and the roles of its people.
 */
export async function openDesk(root: string): Promise<Desk> {
  const run = `run-${createIds()()}`;
  const workspace = await openOrInit(root);
  const folder = join(root, 'desk', run);
  await layOut(folder);
  const files = await startFilesServer(folder);
  const close = async (): Promise<void> => {
    await files.close();
    await workspace.close();
  };
  const claims = new Map<string, string>();
  const opening = { workspace, run, files, folder, claims };
  const governor = await openIn(opening).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    workspace,
    run,
    async perform(step, traceId, callId) {
      const result = await governor.call(step.tool, step.args, {
        ...{ ...PLACE, run, traceId, callId },
        ...{ agent: AGENT, actor: step.actor ?? CASE_WORKER },
      });
      keepClaim(claims, step, result);
      return result;
    },
    close,
  };
}
