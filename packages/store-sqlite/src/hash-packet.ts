import { hashBlock, importMacKey } from '@spanforge/core-signing';
import { MAC_BYTES, type Packet, type UnhashedPacket, writeMac } from './packet.js';

const HASH_BYTES = 32;

/** The macs of signed records, and the names of their keys, each once. */
function macsOf(
  { signedBy, keys }: UnhashedPacket,
  tags: Uint8Array,
): Pick<Packet, 'macs' | 'kids'> {
  const macs = new Uint8Array(signedBy.length * MAC_BYTES);
  const kids = [...new Set(keys.map(({ kid }) => kid))];
  const places = keys.map(({ kid }) => kids.indexOf(kid));
  for (const [at, signer] of signedBy.entries()) {
    if (signer === 0) continue;
    const tag = tags.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
    writeMac(macs, at, places[signer - 1] ?? 0, tag);
  }
  return { macs, kids };
}

/** Makes the leaves and the macs of a packet. The keys are used for it and not kept. */
export function hashPacket(packet: UnhashedPacket): Packet {
  const { groups, bytes, ends, times, terms, termIds, termEnds } = packet;
  const { disclosures, disclosureEnds, disclosureLength } = packet;
  const { leaves, tags } = hashBlock(packet, packet.keys.map(importMacKey));
  for (let at = 0; at < ends.length; at += 1) ends[at] = (ends[at] ?? 0) - 1;
  return {
    ...{ groups, ends, bytes: bytes.subarray(1), leaves, ...macsOf(packet, tags) },
    ...{ times, terms, termIds, termEnds },
    ...{ disclosures, disclosureEnds, disclosureLength },
  };
}
