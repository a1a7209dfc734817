import type { EvidencePackage } from '../package/members.js';
import { predicate, resign, text, withFiles } from '../verify/test-forge.js';
import type { VectorBases } from './bases.js';
import { type AddVectors, flip, type VectorSheet } from './sheet.js';

/** Envelopes with other signatures, or of another type. */
function addEnvelopeVectors({ add }: VectorSheet, { call }: VectorBases): void {
  const envelope = JSON.parse(text(call, 'package.dsse.json')) as {
    payload: string;
    payloadType: string;
    signatures: { keyid: string; sig: string }[];
  };
  const { payload, payloadType, signatures } = envelope;
  const envelopeOf = (change: object): EvidencePackage =>
    withFiles(call, {
      'package.dsse.json': JSON.stringify({ payload, payloadType, signatures, ...change }),
    });
  add('no signature', 'call', envelopeOf({ signatures: [] }), 'invalid', 'not_signed');
  add(
    'one signature of two',
    'call',
    envelopeOf({ signatures: signatures.slice(0, 1) }),
    'invalid',
    'signature_missing',
  );
  add(
    'signatures swapped',
    'call',
    envelopeOf({
      signatures: signatures.map(({ keyid }, n) => ({ keyid, sig: signatures[1 - n]?.sig })),
    }),
    'invalid',
    'signature_invalid',
  );
  add(
    'another payload type',
    'call',
    envelopeOf({ payloadType: 'application/json' }),
    'invalid',
    'signature_invalid',
  );
}

/** Files added, removed or changed, the envelope among them. */
export const addFileVectors: AddVectors = async (sheet, bases) => {
  const { add } = sheet;
  const { call, signers } = bases;
  add(
    'a file more',
    'call',
    withFiles(call, { 'keys/more.vkey': 'x' }),
    'invalid',
    'unlisted_file',
  );
  add(
    'a file of no meaning',
    'call',
    withFiles(call, { 'notes.txt': 'x' }),
    'invalid',
    'unknown_file',
  );
  add(
    'a file less',
    'call',
    withFiles(call, { 'VERIFY.md': undefined }),
    'invalid',
    'missing_file',
  );
  add(
    'a changed file',
    'call',
    withFiles(call, { 'VERIFY.md': '# trust me\n' }),
    'invalid',
    'digest_mismatch',
  );
  add(
    'a changed record',
    'call',
    withFiles(call, { 'records.jsonl': flip(call.get('records.jsonl'), 100) }),
    'invalid',
    'not_in_checkpoint',
  );
  add(
    'statement spelled otherwise',
    'call',
    withFiles(call, { 'package.dsse.json': `${text(call, 'package.dsse.json')} ` }),
    'invalid',
    'not_canonical',
  );
  add(
    'no envelope',
    'call',
    withFiles(call, { 'package.dsse.json': '{}' }),
    'invalid',
    'not_an_envelope',
  );
  addEnvelopeVectors(sheet, bases);
  add(
    'another predicate type',
    'call',
    await resign(call, signers, (statement) => ({
      ...statement,
      predicateType: 'https://example.com/v9',
    })),
    'unsupported',
    'predicate_type',
  );
  add(
    'a predicate with more in it',
    'call',
    await resign(call, signers, predicate({ more: 1 })),
    'invalid',
    'predicate_malformed',
    { reasons: ['no_trusted_package_key', 'predicate_malformed'] },
  );
  add(
    'a predicate with more in it, and a false digest',
    'call',
    withFiles(await resign(call, signers, predicate({ more: 1 })), { 'VERIFY.md': 'x' }),
    'invalid',
    'predicate_malformed',
    { reasons: ['digest_mismatch', 'no_trusted_package_key', 'predicate_malformed'] },
  );
  add(
    'a false digest alone',
    'call',
    withFiles(call, { 'VERIFY.md': 'x' }),
    'invalid',
    'digest_mismatch',
    { reasons: ['digest_mismatch'] },
  );
};
