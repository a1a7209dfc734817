/**
 * Keys that vendors print in their manuals, emulators and sample projects: they open nothing. Kept
 * as digests, so that this file holds nothing that a scanner takes for a key.
 */
const DIGESTS: ReadonlySet<string> = new Set([
  // Azure: the storage emulator's account key, the Cosmos DB emulator's key.
  ...['1456ce4741f35857', '384ed6f474ac92e7'],
  // Stripe: the test keys of its API reference.
  ...['e972e9a4bd4cdc8c', '1d14fe37abfcf72c'],
  // The tokens of jwt.io and RFC 7519.
  ...['1cc530231d43c3b5', '8dd5209e3099bbcd'],
  // Google: API keys of Firebase's public sample projects.
  ...['739ddd870fb8da5a', 'f0951274bce7f08d', '0af7ca9d27bf8d3e', '4e1351cb1304f426'],
  ...['b8782c2ebe831e5f', '965bd60a87602b39', '1845a427f2ea3038', '00d9b068368aa62d'],
  ...['af8fab005b4c56a8', '722ef8d0f20a248d', 'c8a510e924029277', '1751c16cf2e550fd'],
  ...['f50c0e726dbc58f0', '6a41f911195f2442', '8ee1d84776a94c4e', 'b1887211d252a67d'],
]);

/** Whether a value is a key that its vendor has published. Those of AWS say so: `…EXAMPLE`. */
export function isDocumentationKey(value: string): boolean {
  return value.length <= 512 && DIGESTS.has(digestOf(value));
}

/** Two 32-bit sums (FNV-1a and a variant of it): enough to tell published keys from others. */
export function digestOf(value: string): string {
  let first = 0x811c9dc5;
  let second = 0x01000193 ^ value.length;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at) & 0xff;
    first = Math.imul(first ^ code, 0x01000193) >>> 0;
    second = Math.imul(second ^ code, 0x85ebca6b) >>> 0;
    second = (second ^ (second >>> 13)) >>> 0;
  }
  return first.toString(16).padStart(8, '0') + second.toString(16).padStart(8, '0');
}
