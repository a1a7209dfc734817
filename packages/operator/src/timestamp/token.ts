import { equalBytes, toHex } from '@spanforge/core-signing';
import { fromBER, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import {
  Certificate,
  CertificateChainValidationEngine,
  type ExtKeyUsage,
  SignedData,
  type SignerInfo,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';
import type { TimestampJudgement, TimestampVerifier } from '../package/timestamp.js';

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  extendedKeyUsage: '2.5.29.37',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  commonName: '2.5.4.3',
} as const;

/** Digests a token may be signed over: nothing that collides. */
const DIGESTS: Readonly<Record<string, string>> = {
  [OID.sha256]: 'SHA-256',
  [OID.sha384]: 'SHA-384',
  [OID.sha512]: 'SHA-512',
};

type Expected = Parameters<TimestampVerifier>[1];

/** What is wrong with a reply. */
class Refusal extends Error {}

function refuse(when: boolean, reason: string): void {
  if (when) throw new Refusal(reason);
}

interface Token {
  readonly signed: SignedData;
  readonly signer: SignerInfo;
  readonly info: TSTInfo;
  readonly content: Uint8Array;
}

/** DER with nothing behind it. */
function whole(bytes: Uint8Array): Uint8Array {
  const { offset, result } = fromBER(bytes);
  refuse(offset !== bytes.length || result.error !== '', 'malformed');
  return bytes;
}

function readToken(reply: Uint8Array): Token {
  const response = TimeStampResp.fromBER(whole(reply));
  const status: number = response.status.status;
  refuse(status !== 0 && status !== 1, 'not_granted');
  const token = response.timeStampToken;
  if (token?.contentType !== OID.signedData) throw new Refusal('malformed');
  const signed = new SignedData({ schema: token.content });
  const { eContentType, eContent } = signed.encapContentInfo;
  const [signer] = signed.signerInfos;
  refuse(eContentType !== OID.tstInfo || signed.signerInfos.length !== 1, 'malformed');
  if (!signer || !eContent) throw new Refusal('malformed');
  const content = new Uint8Array(eContent.getValue());
  return { signed, signer, content, info: TSTInfo.fromBER(whole(content)) };
}

/** The token is about this checkpoint, and answers this request. */
function checkAbout({ info }: Token, { imprint, nonce }: Expected): void {
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  const said = hashedMessage.valueBlock.valueHexView;
  const same = hashAlgorithm.algorithmId === OID.sha256 && equalBytes(said, imprint);
  refuse(!same, 'mismatch');
  refuse(!info.nonce || toHex(info.nonce.valueBlock.valueHexView) !== nonce, 'nonce_mismatch');
}

/** The one value of a signed attribute that must be there once. */
function attribute({ signedAttrs }: SignerInfo, oids: readonly string[]) {
  const found = (signedAttrs?.attributes ?? []).filter(({ type }) => oids.includes(type));
  const [one] = found;
  if (found.length !== 1 || one?.values.length !== 1) throw new Refusal('attributes');
  return { oid: one.type, value: one.values[0] };
}

const oidOf = (value: unknown): string =>
  value instanceof ObjectIdentifier ? value.getValue() : '';

async function digestOf(oid: string, bytes: Uint8Array): Promise<Uint8Array> {
  const name = DIGESTS[oid] ?? (oid === OID.sha1 ? 'SHA-1' : undefined);
  if (name === undefined) throw new Refusal('algorithm');
  return new Uint8Array(await crypto.subtle.digest(name, new Uint8Array(bytes)));
}

/** `ESSCertID` and `ESSCertIDv2` (RFC 5035): which certificate the signer signed with. */
async function checkSigningCertificate(signer: SignerInfo, certificate: Uint8Array): Promise<void> {
  const { oid, value } = attribute(signer, [OID.signingCertificateV2, OID.signingCertificate]);
  const list = value instanceof Sequence ? value.valueBlock.value[0] : undefined;
  const first = list instanceof Sequence ? list.valueBlock.value[0] : undefined;
  if (!(first instanceof Sequence)) throw new Refusal('attributes');
  const [head, next] = first.valueBlock.value;
  const named = head instanceof Sequence;
  const hash = named ? next : head;
  if (!(hash instanceof OctetString)) throw new Refusal('attributes');
  const byDefault = oid === OID.signingCertificateV2 ? OID.sha256 : OID.sha1;
  const algorithm = named ? oidOf(head.valueBlock.value[0]) : byDefault;
  const digest = await digestOf(algorithm, certificate);
  refuse(!equalBytes(digest, hash.valueBlock.valueHexView), 'signing_certificate');
}

async function checkAttributes(token: Token, certificate: Certificate): Promise<void> {
  const { signer, content } = token;
  const type = attribute(signer, [OID.contentType]).value;
  refuse(oidOf(type) !== OID.tstInfo, 'attributes');
  const digest = attribute(signer, [OID.messageDigest]).value;
  const oid = signer.digestAlgorithm.algorithmId;
  if (!(oid in DIGESTS)) throw new Refusal('algorithm');
  const said = digest instanceof OctetString ? digest.valueBlock.valueHexView : new Uint8Array();
  refuse(!equalBytes(said, await digestOf(oid, content)), 'digest_mismatch');
  await checkSigningCertificate(signer, new Uint8Array(certificate.toSchema().toBER()));
}

/** May stamp, and nothing else (RFC 3161, section 2.3); in force when it did. */
function checkCertificate({ extensions = [], notBefore, notAfter }: Certificate, at: Date): void {
  const usage = extensions.filter(({ extnID }) => extnID === OID.extendedKeyUsage);
  const purposes = (usage[0]?.parsedValue as ExtKeyUsage | undefined)?.keyPurposes ?? [];
  const only = purposes.length === 1 && purposes[0] === OID.timeStamping;
  refuse(usage.length !== 1 || usage[0]?.critical !== true || !only, 'key_usage');
  refuse(at < notBefore.value || at > notAfter.value, 'certificate_expired');
}

const sameCertificate = (one: Certificate, other: Certificate): boolean =>
  equalBytes(new Uint8Array(one.toSchema().toBER()), new Uint8Array(other.toSchema().toBER()));

/** A path from the certificate to one that is trusted, as of the time of the stamp. */
async function checkPath(
  certificate: Certificate,
  others: readonly Certificate[],
  trusted: readonly Certificate[],
  at: Date,
): Promise<void> {
  if (trusted.some((one) => sameCertificate(one, certificate))) return;
  const between = others.filter((one) => !sameCertificate(one, certificate));
  const engine = new CertificateChainValidationEngine({
    trustedCerts: [...trusted],
    // The last is the one whose path is looked for.
    certs: [...between, certificate],
    checkDate: at,
  });
  const { result, certificatePath: path = [] } = await engine.verify();
  const [first, last] = [path[0], path.at(-1)];
  const leads =
    result &&
    first !== undefined &&
    last !== undefined &&
    sameCertificate(first, certificate) &&
    trusted.some((one) => sameCertificate(one, last));
  refuse(!leads, 'untrusted');
}

async function judge(
  reply: Uint8Array,
  expected: Expected,
  trusted: readonly Certificate[] | undefined,
): Promise<TimestampJudgement> {
  const token = readToken(reply);
  checkAbout(token, expected);
  const { signed, info } = token;
  // What signed is looked up in the token, and believed only by its path.
  const candidates = [...(signed.certificates ?? []), ...(trusted ?? [])];
  signed.certificates = candidates;
  const outcome = await signed
    .verify({ signer: 0, data: new Uint8Array(expected.data).buffer, extendedMode: true })
    .catch(() => undefined);
  const certificate = outcome?.signerCertificate;
  if (!outcome?.signatureVerified || !certificate) throw new Refusal('signature_invalid');
  checkCertificate(certificate, info.genTime);
  await checkAttributes(token, certificate);
  if (trusted) {
    const others = candidates.filter((one) => one instanceof Certificate);
    await checkPath(certificate, others, trusted, info.genTime);
  }
  const names = certificate.subject.typesAndValues.filter(({ type }) => type === OID.commonName);
  const authority = String(names[0]?.value.valueBlock.value ?? 'an authority without a name');
  return { ok: true, time: info.genTime.toISOString(), authority };
}

/**
 * Judges a reply; without trusted certificates, all but the path to one. What cannot be read is
 * `malformed`: nothing that throws in here is ever taken for good.
 */
export async function judgeReply(
  reply: Uint8Array,
  expected: Expected,
  trusted: readonly Certificate[] | undefined,
): Promise<TimestampJudgement> {
  try {
    return await judge(reply, expected, trusted);
  } catch (error) {
    return { ok: false, reason: error instanceof Refusal ? error.message : 'malformed' };
  }
}
