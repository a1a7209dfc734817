import { fromUtf8, toBase64, utf8 } from '@spanforge/core-signing';
import type { EvidencePackage } from '../package/members.js';

type Content = { readonly text: string } | { readonly base64: string };

/** One case: files of a base package, changed, and what every verifier has to say to them. */
export interface Vector {
  readonly name: string;
  readonly base: string;
  /** New contents by name; null takes a file away. */
  readonly set: Readonly<Record<string, Content | null>>;
  /** Names of the trusted keys; all when absent. */
  readonly keys?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly verdict: string;
  readonly exit_code: number;
  /** Is among the reasons the verifier gives; absent for `valid`. */
  readonly reason?: string;
  /** All reasons the verifier gives, sorted, each once; where absent, others may be given. */
  readonly reasons?: readonly string[];
}

/** The published file. */
export interface VectorFile {
  readonly v: 'spanforge.package-vectors.v1';
  readonly keys: Readonly<Record<string, string>>;
  readonly bases: Readonly<Record<string, Readonly<Record<string, Content>>>>;
  readonly vectors: readonly Vector[];
}
function contentOf(bytes: Uint8Array): Content {
  try {
    return { text: fromUtf8(bytes) };
  } catch {
    return { base64: toBase64(bytes) };
  }
}

/** The files of a package, as a vector file writes them. */
export const filesOf = (pkg: EvidencePackage): Record<string, Content> =>
  Object.fromEntries([...pkg].map(([name, bytes]) => [name, contentOf(bytes)]));

/** What a forged package changed of its base. */
export function changesOf(base: EvidencePackage, forged: EvidencePackage): Vector['set'] {
  const set: Record<string, Content | null> = {};
  for (const [name, bytes] of forged) {
    if (base.get(name) !== bytes) set[name] = contentOf(bytes);
  }
  for (const name of base.keys()) if (!forged.has(name)) set[name] = null;
  return set;
}
/** The files of a vector. */
export function filesOfVector(
  { bases }: VectorFile,
  { base, set }: Vector,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, content] of Object.entries({ ...bases[base], ...set })) {
    if (content === null) continue;
    files.set(
      name,
      'text' in content
        ? utf8(content.text)
        : Uint8Array.from(Buffer.from(content.base64, 'base64')),
    );
  }
  return files;
}
