import { resolve } from 'node:path';
import {
  importVerificationKey,
  parseJson,
  parseJwks,
  type VerificationKey,
} from '@spanforge/core-signing';
import { verifyGateStatement } from '@spanforge/gate';
import type { StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists, readText } from '../files/read.js';
import type { CommandIo, CommandResult } from '../io.js';
import { workspacePaths } from '../workspace/config.js';
import { anchorPaths } from '../workspace/keys.js';
import { readTrustedKeys } from './trusted-keys.js';
import { stateFolder } from './with-workspace.js';

interface VerifyArguments extends StateOption {
  readonly key?: readonly string[];
}

function importKeys(text: string): readonly VerificationKey[] {
  if (!text.trimStart().startsWith('{')) {
    throw new CliError('CLI_USAGE', '--key: expected a public key or a JWK Set');
  }
  const value = parseJson(text);
  const isSet = typeof value === 'object' && value !== null && 'keys' in value;
  return isSet ? parseJwks(text) : [importVerificationKey(value)];
}

/** The keys that are named, or else those of the workspace, if there is one. */
async function keysFor(io: CommandIo, options: VerifyArguments, statement: string) {
  const named = options.key ?? [];
  const { jwks } = anchorPaths(workspacePaths(stateFolder(io, options.state)));
  const files = named.length > 0 ? named : (await exists(jwks)) ? [jwks] : [];
  const texts = await readTrustedKeys(io, files, statement);
  // A log key in a published set signs only checkpoints.
  return texts.flatMap(importKeys).filter(({ role = 'package' }) => role === 'package');
}

/** `spanforge gate verify STATEMENT`: needs no workspace, only keys from outside the statement. */
export async function verifyStatement(
  io: CommandIo,
  options: VerifyArguments,
  name: string,
): Promise<CommandResult> {
  const path = resolve(io.cwd, name);
  const report = await verifyGateStatement(await readText(path), {
    keys: await keysFor(io, options, path),
  });
  const lines = report.gates.map(
    ({ gateId, verdict, check }) => `  ${verdict.padEnd(12)} ${gateId}  (${check})`,
  );
  return {
    exitCode: report.exitCode,
    text: [
      `${report.status.toUpperCase()}  ${name}${report.verdict === undefined ? '' : `: the run came to ${report.verdict}`}`,
      ...lines,
      ...report.problems.map((problem) => `  ! ${problem}`),
      ...(report.status === 'untrusted' ? ['  no trusted key signed it; name one with --key'] : []),
    ].join('\n'),
    json: {
      ...{ status: report.status, exit_code: report.exitCode, run_id: report.runId ?? null },
      ...{ verdict: report.verdict ?? null, signers: report.signers, problems: report.problems },
      gates: report.gates.map(({ gateId, verdict, check }) => ({
        gate_id: gateId,
        verdict,
        check,
      })),
    },
  };
}
