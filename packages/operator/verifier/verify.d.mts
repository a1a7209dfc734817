/** One thing that is wrong, and where. */
export interface VerifierFault {
  readonly verdict: string;
  readonly reason: string;
  readonly index?: number;
  readonly file?: string;
}

/** What the verifier found out. */
export interface VerifierReport {
  readonly verdict: string;
  readonly exit_code: number;
  readonly faults: readonly VerifierFault[];
  readonly findings: readonly { readonly code: string; readonly message: string }[];
  readonly tail: 'pinned' | 'unpinned';
  /** Which witnesses of the verifier's policy cosigned, and when they say so; absent without a policy. */
  readonly witnesses?: {
    readonly quorum: 'met' | 'missed';
    readonly cosigned: readonly { readonly name: string; readonly time: number }[];
  };
  readonly complete: 'proven' | 'unproven';
  readonly records: number;
  readonly level?: string;
  readonly outcome?: string;
  readonly strictest?: string;
  readonly log?: { readonly origin: string; readonly size: number; readonly root: string };
  /** The checkpoint that the log goes on from, as its first record names it, if it is in the package. */
  readonly succeeds?: { readonly origin: string; readonly size: number; readonly root: string };
  readonly rederivation: {
    readonly same: number;
    readonly different: number;
    readonly not_rederivable: number;
    readonly decisions: readonly object[];
  };
}

/** What a package is verified against. */
export interface VerifierOptions {
  readonly keys?: readonly string[];
  readonly origin?: string;
  readonly since?: string;
  readonly knownSize?: number;
  readonly secrets?: readonly {
    readonly kid: string;
    readonly secret: Uint8Array;
    readonly lastGoodSize?: number;
  }[];
  /** Whose cosignatures the checkpoint needs (C2SP tlog-policy). */
  readonly witnessPolicy?: string;
  readonly rederive?: boolean;
}

export function verify(
  files: ReadonlyMap<string, Uint8Array>,
  options?: VerifierOptions,
): Promise<VerifierReport>;
export function verifyBytes(bytes: Uint8Array, options?: VerifierOptions): Promise<VerifierReport>;
/** Several packages, verified in one go; `relation` is one of those in `docs/reference/package-format.md`. */
export interface VerifierTogetherReport {
  readonly packages: readonly VerifierReport[];
  readonly links: readonly {
    readonly from: number;
    readonly to: number;
    readonly relation: string;
  }[];
  readonly exit_code: number;
}

export function verifyTogether(
  packages: readonly (Uint8Array | ReadonlyMap<string, Uint8Array>)[],
  options?: Omit<VerifierOptions, 'origin' | 'since' | 'knownSize'>,
): Promise<VerifierTogetherReport>;
/** Why an index proof does not prove that these are all records of a term; undefined where it does. */
export function refuseIndexProof(asked: {
  readonly proof: string;
  readonly term: string;
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    readonly root: Uint8Array;
  };
  readonly records: readonly { readonly index: number; readonly bytes: Uint8Array }[];
  readonly keys: readonly string[];
}): Promise<string | undefined>;
export function readContainer(bytes: Uint8Array): Map<string, Uint8Array>;
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array;
export function writeJson(files: ReadonlyMap<string, Uint8Array>): string;
export function describe(report: VerifierReport): string;
export function rederive(
  bundle: string,
  request: unknown,
): {
  readonly outcome: string;
  readonly obligations: readonly unknown[];
  readonly matched: boolean;
  readonly reason: string;
  readonly reason_code: string;
  readonly rules: readonly unknown[];
};
