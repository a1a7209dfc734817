/** Longer messages get memory of their own. */
const SCRATCH_BYTES = 8192;

/** Returns memory for a message of a given length; it must be hashed before the next request. */
export type Scratch = (length: number) => Uint8Array;

/** Reuses one piece of memory for all messages: then hashing allocates nothing but the hash. */
export function createScratch(): Scratch {
  const views: Uint8Array[] = [];
  let memory: Uint8Array | undefined;
  return (length) => {
    if (length > SCRATCH_BYTES) return new Uint8Array(length);
    memory ??= new Uint8Array(SCRATCH_BYTES);
    const view = views[length] ?? memory.subarray(0, length);
    views[length] = view;
    return view;
  };
}
