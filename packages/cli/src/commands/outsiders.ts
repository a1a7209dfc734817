import { resolve } from 'node:path';
import {
  createCheckpointCosigner,
  createHttpWitnessTransport,
  type ExportOptions,
  type WitnessAnswer,
} from '@spanforge/operator';
import { readText } from '../files/read.js';
import type { CommandIo } from '../io.js';
import type { WorkspaceConfig } from '../workspace/config.js';
import { egressOf } from '../workspace/egress.js';

/** Which outside parties are asked about the checkpoint of a package. */
export interface OutsiderArguments {
  /** The URL of a time-stamping authority. */
  readonly tsa?: string;
  /** A file that names witnesses, and how many must sign. */
  readonly witnessPolicy?: string;
}

/** Outside parties, and the answers of witnesses once the package is made. */
export interface Outsiders {
  /** Options of an export that asks them, if the workspace's egress rule allows it. */
  options(config: WorkspaceConfig): Promise<Pick<ExportOptions, 'stamp' | 'cosign'>>;
  /** Lines about the witnesses, for people. */
  lines(): readonly string[];
  /** The answers of witnesses as JSON; empty without a policy. */
  json(): { readonly witnesses?: readonly WitnessAnswer[] };
}

async function stampBy(
  url: string | undefined,
  config: WorkspaceConfig,
): Promise<Pick<ExportOptions, 'stamp'>> {
  if (url === undefined) return {};
  const { createCheckpointStamper, createHttpTimestampAuthority } = await import(
    '@spanforge/operator/timestamp'
  );
  const { fetch } = egressOf(config);
  return {
    stamp: createCheckpointStamper({ authority: createHttpTimestampAuthority({ url, fetch }) }),
  };
}

const lineOf = (answer: WitnessAnswer): string =>
  `witness  ${answer.name}: ${answer.ok ? 'cosigned' : `NOT COSIGNED (${answer.reason})`}`;

/** Reads what is needed to ask outside parties. Nothing is sent before a package is made. */
export async function readOutsiders(
  io: CommandIo,
  { tsa, witnessPolicy }: OutsiderArguments,
): Promise<Outsiders> {
  const policy = witnessPolicy && (await readText(resolve(io.cwd, witnessPolicy)));
  const answers: WitnessAnswer[] = [];
  const sorted = () => [...answers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    async options(config) {
      const stamp = await stampBy(tsa, config);
      if (policy === undefined) return stamp;
      const transport = createHttpWitnessTransport({ fetch: egressOf(config).fetch });
      const onAnswer = (answer: WitnessAnswer) => answers.push(answer);
      return { ...stamp, cosign: createCheckpointCosigner({ policy, transport, onAnswer }) };
    },
    lines: () => sorted().map(lineOf),
    json: () => (policy === undefined ? {} : { witnesses: sorted() }),
  };
}
