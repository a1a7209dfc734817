import { concatBytes, utf8 } from '@spanforge/core-signing';
import { crc32 } from './crc32.js';
import { type EvidencePackage, sortedNames } from './members.js';

/** The records of PKWARE's APPNOTE that a deterministic zip is made of. */
export const ZIP = {
  localSignature: 0x04034b50,
  localBytes: 30,
  centralSignature: 0x02014b50,
  centralBytes: 46,
  endSignature: 0x06054b50,
  endBytes: 22,
} as const;

const VERSION_NEEDED = 10;
/** Unix, so that readers see a regular file of mode 0600. */
const VERSION_MADE = (3 << 8) | VERSION_NEEDED;
const REGULAR_FILE = (0o100600 << 16) >>> 0;
/** 1980-01-01 00:00:00, where zip time begins. */
const TIME = 0;
const DATE = (1 << 5) | 1;

type Field = readonly [width: 2 | 4, value: number];

function pack(fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((length, [width]) => length + width, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    offset += width;
  }
  return bytes;
}

/** The fields that local and central headers share. */
function commonFields(name: Uint8Array, content: Uint8Array): readonly Field[] {
  return [
    [2, VERSION_NEEDED],
    [2, 0], // flags: none
    [2, 0], // method: stored
    [2, TIME],
    [2, DATE],
    [4, crc32(content)],
    [4, content.length],
    [4, content.length],
    [2, name.length],
    [2, 0], // extra field
  ];
}

/**
 * A package as a zip file that depends on its members alone: names sorted, times fixed, regular
 * files, stored and not compressed, no comments and no extra fields. Up to 4 GiB and 65,535 members.
 */
export function packageToZip(pkg: EvidencePackage): Uint8Array {
  const files: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const member of sortedNames(pkg)) {
    const name = utf8(member);
    const content = pkg.get(member) ?? new Uint8Array();
    const common = commonFields(name, content);
    const local = pack([[4, ZIP.localSignature], ...common]);
    central.push(
      pack([
        [4, ZIP.centralSignature],
        [2, VERSION_MADE],
        ...common,
        [2, 0], // comment
        [2, 0], // disk
        [2, 0], // internal attributes
        [4, REGULAR_FILE],
        [4, offset],
      ]),
      name,
    );
    files.push(local, name, content);
    offset += local.length + name.length + content.length;
  }
  const directory = concatBytes(...central);
  const end = pack([
    [4, ZIP.endSignature],
    [2, 0],
    [2, 0],
    [2, pkg.size],
    [2, pkg.size],
    [4, directory.length],
    [4, offset],
    [2, 0],
  ]);
  return concatBytes(...files, directory, end);
}
