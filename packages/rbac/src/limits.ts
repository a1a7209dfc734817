/** The largest actor, role matrix or permission matrix, in bytes of its canonical JSON. */
export const MAX_INPUT_BYTES = 32_768;
