import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalize, concatBytes, fromUtf8, utf8 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../error.js';
import { crc32 } from './crc32.js';
import { packageFromJson, packageToJson } from './json-container.js';
import type { EvidencePackage } from './members.js';
import { packageFromZip } from './zip-container.js';
import { packageToZip } from './zip-format.js';

const SMALL: EvidencePackage = new Map([
  ['checkpoint', utf8('note\n')],
  ['keys/jwks.json', utf8('{}\n')],
  ['tile/0/000.p/1', new Uint8Array(32).fill(255)],
]);

const CENTRAL = 0x02014b50;

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}(\/[a-z0-9][a-z0-9._-]{0,12}){0,2}$/);
const anyPackage = fc
  .array(fc.tuple(name, fc.uint8Array({ maxLength: 60 })), { maxLength: 12 })
  .map((entries) => new Map(entries.map(([key, value]) => [key, new Uint8Array(value)])));

function pythonIsThere(): boolean {
  try {
    execFileSync('python3', ['-c', 'import zipfile'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (OperatorError.is(error)) return String(error.details.reason ?? error.details.limit);
    throw error;
  }
  return 'accepted';
}

/** Changes a zip through a view of its bytes; central headers are found by their signature. */
function forge(
  change: (view: DataView, central: number, bytes: Uint8Array) => void,
  pkg = SMALL,
): Uint8Array {
  const bytes = packageToZip(pkg).slice();
  const view = new DataView(bytes.buffer);
  let central = 0;
  while (view.getUint32(central, true) !== CENTRAL) central += 1;
  change(view, central, bytes);
  return bytes;
}

describe('both forms', () => {
  it('give back the same members, and the same bytes for the same members', () => {
    fc.assert(
      fc.property(anyPackage, (pkg) => {
        const sorted = [...pkg].sort(([a], [b]) => (a < b ? -1 : 1));
        const reversed = new Map([...sorted].reverse());
        expect([...packageFromZip(packageToZip(reversed))]).toEqual(sorted);
        const fromJson = [...packageFromJson(packageToJson(reversed))];
        expect(fromJson.sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(sorted);
        expect(packageToZip(reversed)).toEqual(packageToZip(pkg));
        expect(packageToJson(reversed)).toBe(packageToJson(pkg));
      }),
      { numRuns: 60 },
    );
  });

  it('refuse arbitrary bytes with a coded error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(reasonOf(() => packageFromZip(bytes))).not.toBe('accepted');
        expect(reasonOf(() => packageFromJson(bytes))).not.toBe('accepted');
      }),
      { numRuns: 200 },
    );
  });

  it('keep to the limits', () => {
    expect(reasonOf(() => packageFromZip(packageToZip(SMALL), { maxFiles: 2 }))).toBe('maxFiles');
    expect(reasonOf(() => packageFromJson(packageToJson(SMALL), { maxFiles: 2 }))).toBe('maxFiles');
    expect(reasonOf(() => packageFromZip(packageToZip(SMALL), { maxBytes: 100 }))).toBe('maxBytes');
    expect(reasonOf(() => packageFromJson(packageToJson(SMALL), { maxBytes: 100 }))).toBe(
      'maxBytes',
    );
  });
});

describe('T-18: the zip form', () => {
  it.each([
    ['a name that climbs', '../evil'],
    ['a name inside that climbs', 'keys/../../evil'],
    ['an absolute name', '/etc/passwd'],
    ['a backslash', 'keys\\evil'],
    ['a drive', 'C:evil'],
    ['a NUL', 'evil\0'],
    ['a hidden file', '.bashrc'],
    ['an empty segment', 'keys//a'],
    ['no name', ''],
    ['a name that is not ASCII', 'kéy'],
  ])('refuses %s', (_, evil) => {
    const zip = packageToZip(new Map([...SMALL, [evil, utf8('x')]]));
    expect(reasonOf(() => packageFromZip(zip))).toBe('unsafe_name');
  });

  it('refuses a folder entry, and names that a file system may join', () => {
    const folder = packageToZip(new Map([['keys/', new Uint8Array()]]));
    expect(reasonOf(() => packageFromZip(folder))).toBe('not_a_regular_file');
    const folded = packageToZip(new Map([...SMALL, ['CHECKPOINT', utf8('x')]]));
    expect(reasonOf(() => packageFromZip(folded))).toBe('duplicate_name');
  });

  it('refuses a name that stands twice', () => {
    const pkg = new Map([
      ['checkpoina', utf8('one')],
      ['checkpoint', utf8('two')],
    ]);
    const zip = forge((view, central) => {
      view.setUint8(39, 't'.charCodeAt(0));
      view.setUint8(central + 46 + 9, 't'.charCodeAt(0));
    }, pkg);
    expect(reasonOf(() => packageFromZip(zip))).toBe('duplicate_name');
  });

  const cases: readonly (readonly [string, string, (view: DataView, central: number) => void])[] = [
    [
      'a symbolic link',
      'not_a_regular_file',
      (view, at) => view.setUint32(at + 38, 0o120777 << 16, true),
    ],
    ['a device', 'not_a_regular_file', (view, at) => view.setUint32(at + 38, 0o060600 << 16, true)],
    ['encryption', 'zip_encrypted', (view, at) => view.setUint16(at + 8, 1, true)],
    ['compression', 'zip_compressed', (view, at) => view.setUint16(at + 10, 8, true)],
    ['an unknown method', 'zip_compressed', (view, at) => view.setUint16(at + 10, 99, true)],
    ['zip64 sizes', 'zip64', (view, at) => view.setUint32(at + 24, 0xffffffff, true)],
    ['sizes that differ', 'zip_sizes', (view, at) => view.setUint32(at + 24, 4_000_000_000, true)],
    [
      'a size beyond the limits',
      'maxBytes',
      (view, at) => {
        view.setUint32(at + 20, 4_000_000_000, true);
        view.setUint32(at + 24, 4_000_000_000, true);
      },
    ],
    ['an extra field', 'zip_extra_bytes', (view, at) => view.setUint16(at + 30, 4, true)],
    ['an entry comment', 'zip_extra_bytes', (view, at) => view.setUint16(at + 32, 4, true)],
    [
      'a local header with another size',
      'zip_header_mismatch',
      (view) => view.setUint32(18, 4, true),
    ],
    ['a local header with another name', 'zip_header_mismatch', (view) => view.setUint8(30, 0x64)],
    [
      'a local header with another method',
      'zip_header_mismatch',
      (view) => view.setUint16(8, 8, true),
    ],
    ['no local header', 'zip_header', (view) => view.setUint32(0, 0, true)],
    [
      'an offset outside',
      'zip_truncated',
      (view, at) => view.setUint32(at + 42, 4_000_000_000, true),
    ],
    ['content with another checksum', 'zip_checksum', (view) => view.setUint8(40, 0)],
    [
      'another time',
      'not_deterministic',
      (view, at) => {
        view.setUint16(at + 12, 1, true);
        view.setUint16(10, 1, true);
      },
    ],
  ];
  it.each(cases)('refuses %s', (_, reason, change) => {
    expect(reasonOf(() => packageFromZip(forge((view, at) => change(view, at))))).toBe(reason);
  });

  it('refuses bytes before, behind and between, and a wrong end', () => {
    const zip = packageToZip(SMALL);
    const end = zip.length - 22;
    const patched = (offset: number, value: number): Uint8Array => {
      const bytes = zip.slice();
      new DataView(bytes.buffer).setUint16(offset, value, true);
      return bytes;
    };
    expect(reasonOf(() => packageFromZip(concatBytes(utf8('junk'), zip)))).toBe('zip_extra_bytes');
    expect(reasonOf(() => packageFromZip(concatBytes(zip, utf8('junk'))))).toBe('zip_end');
    expect(
      reasonOf(() => packageFromZip(concatBytes(zip.slice(0, end), utf8('junk'), zip.slice(end)))),
    ).toBe('zip_extra_bytes');
    expect(reasonOf(() => packageFromZip(patched(end + 20, 4)))).toBe('not_deterministic');
    expect(reasonOf(() => packageFromZip(patched(end + 8, 2)))).toBe('zip_disks');
    expect(reasonOf(() => packageFromZip(patched(end + 10, 0xffff)))).toBe('zip64');
    expect(reasonOf(() => packageFromZip(zip.slice(0, -1)))).toBe('zip_end');
    expect(reasonOf(() => packageFromZip(new Uint8Array()))).toBe('zip_end');
  });

  it.skipIf(!pythonIsThere())('is a zip that common tools read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spanforge-zip-'));
    try {
      const file = join(folder, 'p.zip');
      writeFileSync(file, packageToZip(SMALL));
      const script =
        'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip(),",".join(z.namelist()))';
      const output = execFileSync('python3', ['-c', script, file]).toString().trim();
      expect(output).toBe('None checkpoint,keys/jwks.json,tile/0/000.p/1');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('carries the checksum of the standard', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  });
});

describe('the JSON form', () => {
  it('is readable, canonical and strict', () => {
    const json = packageToJson(SMALL);
    expect(JSON.parse(json)).toMatchObject({
      v: 'spanforge.package.v1',
      files: { checkpoint: { text: 'note\n' }, 'tile/0/000.p/1': { base64: expect.any(String) } },
    });
    const document = JSON.parse(json) as Record<string, unknown>;
    expect(reasonOf(() => packageFromJson(json.trimEnd()))).toBe('not_canonical');
    expect(reasonOf(() => packageFromJson(JSON.stringify(document, null, 2)))).toBe(
      'not_canonical',
    );
    expect(reasonOf(() => packageFromJson(json.replace('note', 'n\\u006fte')))).toBe(
      'not_canonical',
    );
    expect(reasonOf(() => packageFromJson(`${canonicalize({ ...document, more: 1 })}\n`))).toBe(
      'not_a_package_document',
    );
    const base64 = json.replace('{"text":"note\\n"}', '{"base64":"bm90ZQo="}');
    expect(base64).not.toBe(json);
    expect(reasonOf(() => packageFromJson(base64))).toBe('not_canonical');
    const evil = `${canonicalize({ v: 'spanforge.package.v1', files: { '__proto__/x': { text: '' } } })}\n`;
    expect(reasonOf(() => packageFromJson(evil))).toBe('unsafe_name');
    expect(fromUtf8(packageFromJson(json).get('checkpoint') as Uint8Array)).toBe('note\n');
  });
});
