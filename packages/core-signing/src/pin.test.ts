import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SigningErrorCode } from './error.js';
import * as root from './index.js';
import * as jws from './jws.js';

const CODES: Record<SigningErrorCode, true> = {
  SIGNING_ARGUMENT_INVALID: true,
  SIGNING_CHECKPOINT_INVALID: true,
  SIGNING_DISCLOSURE_INVALID: true,
  SIGNING_ENCODING_INVALID: true,
  SIGNING_ENVELOPE_INVALID: true,
  SIGNING_JSON_DUPLICATE_KEY: true,
  SIGNING_JSON_INVALID: true,
  SIGNING_JSON_NUMBER: true,
  SIGNING_JSON_TOO_DEEP: true,
  SIGNING_JSON_TOO_LARGE: true,
  SIGNING_JSON_UNSUPPORTED: true,
  SIGNING_JWS_INVALID: true,
  SIGNING_KEY_DUPLICATE: true,
  SIGNING_KEY_INVALID: true,
  SIGNING_KEY_PRIVATE: true,
  SIGNING_KEY_ROLE_CONFLICT: true,
  SIGNING_NOTE_INVALID: true,
  SIGNING_POLICY_INVALID: true,
  SIGNING_PROOF_INVALID: true,
  SIGNING_SECRET_WEAK: true,
  SIGNING_STATEMENT_INVALID: true,
  SIGNING_THRESHOLD_NOT_MET: true,
  SIGNING_VKEY_INVALID: true,
};

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the public surface', () => {
  it('exports these names', () => {
    expect(Object.keys(root).sort()).toEqual([
      'EMPTY_ROOT',
      'Given',
      'INDEX_FAN_OUT',
      'INDEX_SEGMENT',
      'STATEMENT_PAYLOAD_TYPE',
      'STATEMENT_TYPE',
      'SigningError',
      'TILE_WIDTH',
      'addCosignature',
      'canonicalize',
      'canonicalizeText',
      'checkIndexTree',
      'committedParts',
      'compareHashes',
      'concatBytes',
      'consistencyProof',
      'cosignCheckpoint',
      'cosignedMessage',
      'createAlikeParser',
      'createDisclosure',
      'createFrontier',
      'createKeySet',
      'createNoteVerifier',
      'createStatement',
      'createTileSource',
      'createTree',
      'deepFreeze',
      'deriveTenantKey',
      'deriveTenantSecret',
      'discloseCanonical',
      'encodeStatement',
      'entriesPath',
      'equalBytes',
      'errorCode',
      'eventChecksum',
      'fileErrorReason',
      'formatCheckpoint',
      'formatConsistencyFile',
      'formatEntryBundle',
      'formatEnvelope',
      'formatIndexProof',
      'formatJwks',
      'formatMac',
      'formatPath',
      'formatTlogProof',
      'formatVkey',
      'fromBase64',
      'fromBase64Url',
      'fromHex',
      'fromUtf8',
      'frozenCopy',
      'generateSigningKey',
      'hashBlock',
      'hkdfSha256',
      'hmacSha256',
      'importMacKey',
      'importRawVerificationKey',
      'importSigningKey',
      'importVerificationKey',
      'inclusionProof',
      'indexEntryDigest',
      'indexLeaf',
      'indexOrigin',
      'indexRanges',
      'indexRoot',
      'indexRunDigest',
      'indexSegmentDigest',
      'indexSegments',
      'indexTermHash',
      'indexTermsOf',
      'isLeafHash',
      'isLeafHashIn',
      'isPlainObject',
      'judgeAddCheckpoint',
      'jwkThumbprint',
      'keyStanding',
      'leafHash',
      'limitKey',
      'macRecord',
      'macRecords',
      'matchesDisclosure',
      'merkleRoot',
      'nodeHash',
      'noteKeyId',
      'openDisclosure',
      'openNote',
      'pae',
      'parseCheckpoint',
      'parseConsistencyFile',
      'parseEntryBundle',
      'parseEnvelope',
      'parseIndexProof',
      'parseJson',
      'parseJwks',
      'parseMac',
      'parseStatement',
      'parseTlogProof',
      'parseVkey',
      'parseWitnessPolicy',
      'rangeRoot',
      'rootFromTiles',
      'sha256',
      'signEnvelope',
      'signEvent',
      'signNote',
      'textOfDisclosure',
      'textOfFrozenCopy',
      'tileBytes',
      'tilePath',
      'tilesFor',
      'toBase64',
      'toBase64Url',
      'toHex',
      'toVerificationKey',
      'utf8',
      'verifyCheckpoint',
      'verifyConsistency',
      'verifyEnvelope',
      'verifyEvent',
      'verifyEventScheme1',
      'verifyExtension',
      'verifyInclusion',
      'verifyIndexProof',
      'verifyRecordInclusion',
      'verifyRecordMac',
    ]);
    expect(Object.keys(jws).sort()).toEqual(['signJws', 'verifyJws']);
  });

  it('has these error codes, each in the README', () => {
    const readme = read('../README.md');
    const listed = [...readme.matchAll(/^\| `(SIGNING_[A-Z_0-9]+)` \|/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(Object.keys(CODES));
  });

  it('is reached through these entries', () => {
    const manifest = JSON.parse(read('../package.json'));
    expect(Object.keys(manifest.exports)).toEqual(['.', './jws', './package.json']);
    const published = {
      '#platform': { node: './dist/platform/node.js', default: './dist/platform/browser.js' },
    };
    expect(manifest.publishConfig.imports).toEqual(published);
    const { '@spanforge/source': _sources, ...built } = manifest.imports['#platform'];
    expect(built).toEqual(published['#platform']);
    expect(Object.keys(manifest.dependencies)).toEqual(['@noble/hashes', 'jose']);
  });
});

it('sees the same constants', () => {
  expect(root.STATEMENT_TYPE).toBe('https://in-toto.io/Statement/v1');
  expect(root.STATEMENT_PAYLOAD_TYPE).toBe('application/vnd.in-toto+json');
  expect(root.TILE_WIDTH).toBe(256);
  expect(root.toHex(root.EMPTY_ROOT)).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});
