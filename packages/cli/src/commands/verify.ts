import { resolve } from 'node:path';
import { formatVerification } from '@spanforge/operator';
import { verifyPackageAt } from '@spanforge/operator/node';
import type { Command } from 'commander';
import { type Act, addCommand } from '../command.js';
import { readText } from '../files/read.js';
import type { CommandIo, CommandResult } from '../io.js';
import { toWire } from '../output/wire.js';
import { createPolicyRederiver } from './policy-rederiver.js';
import { readTrustedKeys } from './trusted-keys.js';

/** What a verification is told. */
export interface VerifyArguments {
  readonly key?: readonly string[];
  readonly origin?: string;
  readonly since?: string;
}

/** `spanforge operator verify PACKAGE --key FILE`: needs no workspace, and no key from the package. */
async function verify(
  io: CommandIo,
  { key = [], origin, since }: VerifyArguments,
  name: string,
): Promise<CommandResult> {
  const path = resolve(io.cwd, name);
  const report = await verifyPackageAt(path, {
    keys: await readTrustedKeys(io, key, path),
    rederive: createPolicyRederiver(),
    ...(origin === undefined ? {} : { origin }),
    ...(since === undefined ? {} : { since: await readText(resolve(io.cwd, since)) }),
  });
  return {
    exitCode: report.exitCode,
    text: formatVerification(report).trimEnd(),
    json: toWire(report),
  };
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** Adds `verify <package>`, the same under `operator` and `audit`. */
export function addVerifyCommand(parent: Command, act: Act): void {
  addCommand(parent, 'verify <package>', 'verify a package against keys from outside it')
    .option('--key <file>', 'a trusted key, JWKS or vkey; may be repeated', collect)
    .option('--origin <name>', 'the log the package must be from, where no vkey says it')
    .option('--since <file>', 'a checkpoint you kept: the log must extend it')
    .action(act(verify));
}
