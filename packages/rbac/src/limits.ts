/** The largest thing people write for this package: bytes of its canonical JSON. */
export const MAX_INPUT_BYTES = 32_768;
