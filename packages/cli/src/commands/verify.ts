import { resolve } from 'node:path';
import { formatVerification, type VerifyOptions } from '@spanforge/operator';
import { type PackageRelation, verifyPackageAt, verifyPackagesAt } from '@spanforge/operator/node';
import { type Command, InvalidArgumentError } from 'commander';
import { type Act, addCommand } from '../command.js';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import type { CommandIo, CommandResult } from '../io.js';
import { toWire } from '../output/wire.js';
import { readSecret } from '../workspace/keys.js';
import { createPolicyRederiver } from './policy-rederiver.js';
import { readTrustedKeys } from './trusted-keys.js';

/** Options of a verification. */
export interface VerifyArguments {
  readonly key?: readonly string[];
  readonly origin?: string;
  readonly since?: string;
  readonly knownSize?: number;
  readonly hmacFile?: readonly string[];
  readonly with?: readonly string[];
  readonly tsaCa?: readonly string[];
  readonly witnessPolicy?: string;
}

const RELATIONS: Readonly<Record<PackageRelation, string>> = {
  same: 'one log, one size',
  grown: 'one log, which only grew in between',
  growth_not_shown: 'one log; that it only grew is not shown (export the later with --since)',
  fork: 'FORK: one log with two histories',
  successor: 'the log of one succeeds that of the other',
  beyond: 'a successor, and the earlier package reaches beyond what it goes on from',
  succession_not_shown:
    'a successor of a larger checkpoint; that the log grew to it is not shown (add a package of that size, exported with --since)',
  not_related: 'nothing here says that they belong together',
};

/** Several packages: the verdict of each, and how they are related. */
async function verifyTogether(
  paths: readonly string[],
  options: Parameters<typeof verifyPackagesAt>[1],
): Promise<CommandResult> {
  const { packages, links, exitCode } = await verifyPackagesAt(paths, options);
  const text = [
    ...packages.map(({ path, report }) => `${path}\n${formatVerification(report).trimEnd()}\n`),
    ...links.map(
      ({ from, to, relation }) =>
        `${packages[to]?.path} with ${packages[from]?.path}: ${RELATIONS[relation]}`,
    ),
  ].join('\n');
  return { exitCode, text, json: toWire({ packages, links }) };
}

/** Judges time stamps by the certificates of authorities, if any are given. */
async function timestampsBy(
  io: CommandIo,
  files: readonly string[],
): Promise<Pick<VerifyOptions, 'timestamps'>> {
  if (files.length === 0) return {};
  const { createTimestampVerifier } = await import('@spanforge/operator/timestamp');
  const certificates = await Promise.all(files.map((file) => readText(resolve(io.cwd, file))));
  return { timestamps: createTimestampVerifier({ certificates }) };
}

/**
 * `spanforge operator verify PACKAGE --key FILE`: needs no workspace, and takes no key from the
 * package.
 */
async function verify(
  io: CommandIo,
  options: VerifyArguments,
  name: string,
): Promise<CommandResult> {
  const {
    key = [],
    origin,
    since,
    knownSize,
    hmacFile = [],
    tsaCa = [],
    witnessPolicy,
    with: others = [],
  } = options;
  const path = resolve(io.cwd, name);
  const hmacSecrets = await Promise.all(hmacFile.map((file) => readSecret(resolve(io.cwd, file))));
  const common = {
    keys: await readTrustedKeys(io, key, path),
    hmacSecrets,
    rederive: createPolicyRederiver(),
    ...(await timestampsBy(io, tsaCa)),
    ...(witnessPolicy === undefined
      ? {}
      : { witnessPolicy: await readText(resolve(io.cwd, witnessPolicy)) }),
  };
  if (others.length > 0) {
    if ([origin, since, knownSize].some((one) => one !== undefined)) {
      const message = '--with: --origin, --since and --known-size are about one package';
      throw new CliError('CLI_USAGE', message);
    }
    for (const other of others) await readTrustedKeys(io, key, resolve(io.cwd, other));
    return verifyTogether([path, ...others.map((other) => resolve(io.cwd, other))], common);
  }
  const report = await verifyPackageAt(path, {
    ...common,
    ...(origin === undefined ? {} : { origin }),
    ...(knownSize === undefined ? {} : { knownSize }),
    ...(since === undefined ? {} : { since: await readText(resolve(io.cwd, since)) }),
  });
  return {
    exitCode: report.exitCode,
    text: formatVerification(report).trimEnd(),
    json: toWire(report),
  };
}

function readSize(text: string): number {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of records.');
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** Adds `verify <package>`, the same under `operator` and `audit`. */
export function addVerifyCommand(parent: Command, act: Act): void {
  addCommand(parent, 'verify <package>', 'verify a package against keys that you got elsewhere')
    .option('--key <file>', 'a file with a trusted key, as JWKS or vkey; repeatable', collect)
    .option('--origin <name>', 'the log that the package must come from, if no vkey names it')
    .option('--since <file>', 'a checkpoint you kept; the log must extend it')
    .option(
      '--known-size <records>',
      'a log size that you know; the log must not be shorter',
      readSize,
    )
    .option(
      '--hmac-file <file>',
      'a file with a record secret, such as keys/record.json; repeatable',
      collect,
    )
    .option(
      '--tsa-ca <file>',
      'certificates (PEM) of authorities whose time stamps you trust; repeatable',
      collect,
    )
    .option('--witness-policy <file>', 'the witnesses that must have cosigned the checkpoint')
    .option(
      '--with <package>',
      'another package; says how the packages relate; repeatable',
      collect,
    )
    .action(act(verify));
}
