import {
  formatJwks,
  fromUtf8,
  limitKey,
  sha256,
  toHex,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import { Certificate, SignedData, TimeStampResp } from 'pkijs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify as verifyAlone } from '../../verifier/verify.mjs';
import type { EvidencePackage } from '../package/members.js';
import { openTestLog, recordCall, type TestLog } from '../test-log.js';
import { createCheckpointStamper, createTimestampVerifier } from '../timestamp.js';
import { resign, withFiles } from '../verify/test-forge.js';
import { verifyPackage } from '../verify/verify-package.js';
import { opensslCanStamp, openTestAuthority, type TestCertificate } from './test-authority.js';

/** The token again, with this certificate in it in place of the authority's. */
function withCertificate(reply: Uint8Array, pem: string): Uint8Array {
  const response = TimeStampResp.fromBER(reply);
  const token = response.timeStampToken;
  if (!token) throw new Error('no token');
  const signed = new SignedData({ schema: token.content });
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  signed.certificates = [Certificate.fromBER(der)];
  token.content = signed.toSchema(true);
  return new Uint8Array(response.toSchema().toBER());
}

describe.skipIf(!opensslCanStamp())(
  'a time stamp by openssl ts (skipped without OpenSSL 3)',
  () => {
    let authority: ReturnType<typeof openTestAuthority>;
    let test: TestLog;
    let pkg: EvidencePackage;
    const requests: Uint8Array[] = [];
    const file = (name: string): Uint8Array => pkg.get(name) ?? new Uint8Array();

    beforeAll(async () => {
      authority = openTestAuthority();
      test = await openTestLog();
      await recordCall(test.log, 'trace-1');
      const stamp = createCheckpointStamper({
        authority: (request) => {
          requests.push(request);
          return authority.stamp(request);
        },
      });
      pkg = await test.operator.exportPackage({ traceId: 'trace-1' }, { stamp });
    });
    afterAll(() => authority.close());

    const verify = (subject: EvidencePackage, certificates: readonly string[] | undefined) =>
      verifyPackage(subject, {
        keys: test.trusted,
        ...(certificates ? { timestamps: createTimestampVerifier({ certificates }) } : {}),
      });
    /** Signed again by the exporter itself: only the time stamp can tell. */
    const changed = async (files: Record<string, string | Uint8Array | undefined>) =>
      resign(withFiles(pkg, files), [test.keys.ed25519, test.keys.es256]);

    it('makes the level L2, by the root and by the certificate of the authority itself', async () => {
      for (const certificates of [[authority.root], [authority.certificate]]) {
        const report = await verify(pkg, certificates);
        expect(report).toMatchObject({
          verdict: 'valid',
          level: 'L2',
          timestamp: { authority: 'Test TSA', time: expect.stringMatching(/^20\d\d-.*Z$/) },
        });
      }
    });

    it('K-11: a stamp makes no signature of a revoked key good, and none bad', async () => {
      const { log } = test.keys;
      const { size } = (await verify(pkg, undefined)).log ?? { size: 0 };
      const revoked = (lastGoodSize: number) =>
        formatJwks([limitKey(toVerificationKey(log), { lastGoodSize })]);
      const judged = (lastGoodSize: number) =>
        verifyPackage(pkg, {
          keys: [...test.trusted, revoked(lastGoodSize)],
          timestamps: createTimestampVerifier({ certificates: [authority.root] }),
        });
      // Records say May 2026, the stamp says now: neither is asked, the size of the log is.
      expect(await judged(size)).toMatchObject({ verdict: 'valid', level: 'L2' });
      const beyond = await judged(size - 1);
      expect(beyond).toMatchObject({ verdict: 'invalid', firstBad: { reason: 'key_revoked' } });
      expect(beyond).not.toHaveProperty('level');
      // A stolen key dates a record back and has it stamped: the log is longer than the last good size.
      const thief = await openTestLog();
      await recordCall(thief.log, 'trace-0');
      await recordCall(thief.log, 'trace-1');
      const stamp = createCheckpointStamper({ authority: authority.stamp });
      const forged = await thief.operator.exportPackage({ traceId: 'trace-1' }, { stamp });
      const report = await verifyPackage(forged, {
        keys: [...thief.trusted, revoked(size)],
        timestamps: createTimestampVerifier({ certificates: [authority.root] }),
      });
      expect(report).toMatchObject({ verdict: 'invalid', firstBad: { reason: 'key_revoked' } });
    });

    it('is named as not covered where no authority is trusted', async () => {
      const report = await verify(pkg, undefined);
      expect(report).toMatchObject({ verdict: 'valid', level: 'L1' });
      expect(report.notCovered.join()).toContain('time stamp');
      expect(report).not.toHaveProperty('timestamp');
      expect(await verifyAlone(pkg, { keys: test.trusted })).toMatchObject({ verdict: 'valid' });
    });

    it('is missed where it is wanted, and changes nothing for packages without one', async () => {
      const plain = await test.operator.exportPackage({ traceId: 'trace-1' });
      expect(await verify(plain, undefined)).toMatchObject({ verdict: 'valid', notCovered: [] });
      expect(await verify(plain, [authority.root])).toMatchObject({
        verdict: 'incomplete',
        exitCode: 3,
        firstBad: { file: 'checkpoint.tsr', reason: 'timestamp_missing' },
      });
      expect(fromUtf8(plain.get('VERIFY.md') ?? new Uint8Array())).not.toContain('openssl ts');
      expect(fromUtf8(file('VERIFY.md'))).toContain('openssl ts -verify');
    });

    it('tells the authority nothing of the checkpoint: the salt is in what it hashes', async () => {
      const asked = requests.map(toHex).join();
      expect(asked).not.toContain(toHex(sha256(file('checkpoint'))));
      const salted = Buffer.concat([file('checkpoint.salt'), file('checkpoint')]);
      expect(asked).toContain(toHex(sha256(salted)));
    });

    it('T-20: is no stamp of another authority, however good', async () => {
      const other = openTestAuthority('Another TSA');
      const report = await verify(pkg, [other.root]);
      other.close();
      expect(report).toMatchObject({
        verdict: 'incomplete',
        level: 'L1',
        firstBad: { reason: 'timestamp_untrusted' },
      });
    });

    it('T-20: is refused for another checkpoint, as a stub, with another salt or nonce, or half', async () => {
      await recordCall(test.log, 'trace-2');
      const stamp = createCheckpointStamper({ authority: authority.stamp });
      const later = await test.operator.exportPackage({ traceId: 'trace-2' }, { stamp });
      const salt = fromUtf8(file('checkpoint.salt'));
      const cases: readonly (readonly [Record<string, string | Uint8Array | undefined>, string])[] =
        [
          [{ 'checkpoint.tsr': later.get('checkpoint.tsr') }, 'timestamp_mismatch'],
          [{ 'checkpoint.tsr': '{"time":"2026-01-01T00:00:00Z"}' }, 'timestamp_malformed'],
          [{ 'checkpoint.tsr': undefined }, 'missing_file'],
          [{ 'checkpoint.salt': undefined }, 'missing_file'],
          [{ 'checkpoint.salt': salt.replace(/salt ./, 'salt ~') }, 'salt_malformed'],
          [{ 'checkpoint.salt': salt.replace(/nonce ./, 'nonce 8') }, 'salt_malformed'],
          [{ 'checkpoint.salt': `${salt}\n` }, 'salt_malformed'],
          [
            { 'checkpoint.salt': salt.replace(/.\n$/, (end) => (end === '0\n' ? '1\n' : '0\n')) },
            'timestamp_mismatch',
          ],
        ];
      for (const [files, reason] of cases) {
        for (const certificates of [[authority.root], undefined]) {
          const report = await verify(await changed(files), certificates);
          expect([reason, report]).toMatchObject([reason, { verdict: 'invalid', exitCode: 1 }]);
          expect(report.firstBad).toMatchObject({ reason });
          const second = await verifyAlone(await changed(files), { keys: test.trusted });
          expect(second.faults.map((fault) => fault.reason)).toContain(reason);
        }
      }
    });

    it.each<readonly [string, string, TestCertificate]>([
      ['wrong usage', 'key_usage', { extensions: 'extendedKeyUsage=critical,codeSigning\n' }],
      [
        'usage among others',
        'key_usage',
        { extensions: 'extendedKeyUsage=critical,timeStamping,codeSigning\n' },
      ],
      [
        'usage that is not critical',
        'key_usage',
        { extensions: 'extendedKeyUsage=timeStamping\n' },
      ],
      ['no usage', 'key_usage', { extensions: 'subjectKeyIdentifier=hash\n' }],
      ['an end before the stamp', 'certificate_expired', { days: -1 }],
    ])('T-20: a certificate with %s is refused', async (_, reason, certificate) => {
      const reply = withCertificate(file('checkpoint.tsr'), authority.issue(certificate));
      const report = await verify(await changed({ 'checkpoint.tsr': reply }), [authority.root]);
      expect(report).toMatchObject({
        verdict: 'invalid',
        firstBad: { file: 'checkpoint.tsr', reason: `timestamp_${reason}` },
      });
    });

    it('T-20: a good certificate of the same key that did not sign is refused', async () => {
      const reply = withCertificate(file('checkpoint.tsr'), authority.twin);
      const report = await verify(await changed({ 'checkpoint.tsr': reply }), [authority.root]);
      expect(report.firstBad).toMatchObject({ reason: 'timestamp_signing_certificate' });
    });

    it('T-02: nothing that is signed can be changed in the reply, and nothing cut off or added', async () => {
      const reply = file('checkpoint.tsr');
      const verifier = createTimestampVerifier({ certificates: [authority.root] });
      const data = new Uint8Array(Buffer.concat([file('checkpoint.salt'), file('checkpoint')]));
      const nonce = /nonce (\w+)/.exec(fromUtf8(file('checkpoint.salt')))?.[1] ?? '';
      const expected = { imprint: sha256(data), data, nonce };
      expect(await verifier(reply, expected)).toMatchObject({ ok: true });

      const signed = new SignedData({
        schema: TimeStampResp.fromBER(reply).timeStampToken?.content,
      });
      const [signer] = signed.signerInfos;
      const attributes = new Uint8Array(signer?.signedAttrs?.encodedValue ?? new ArrayBuffer(0));
      const parts = [
        new Uint8Array(signed.encapContentInfo.eContent?.getValue() ?? new ArrayBuffer(0)),
        // Its first byte is the tag that differs between what is signed and what is sent.
        attributes.subarray(1),
        signer?.signature.valueBlock.valueHexView ?? new Uint8Array(),
      ];
      const step = process.env.SPANFORGE_LONG === undefined ? 5 : 1;
      for (const part of parts) {
        const start = Buffer.from(reply).indexOf(part);
        expect([start > 0, part.length > 60]).toEqual([true, true]);
        for (let at = start; at < start + part.length; at += step) {
          const forged = reply.slice();
          forged[at] = (forged[at] ?? 0) ^ 1;
          expect([at, await verifier(forged, expected)]).toMatchObject([at, { ok: false }]);
        }
      }
      for (const forged of [reply.slice(0, -1), Buffer.concat([reply, utf8('x')]), utf8('')]) {
        expect(await verifier(new Uint8Array(forged), expected)).toMatchObject({ ok: false });
      }
      expect(await verifier(reply, { ...expected, nonce: `1${'0'.repeat(31)}` })).toMatchObject({
        reason: 'nonce_mismatch',
      });
    });

    it('is asked for in vain: a refusal, and a reply to another request, are no package', async () => {
      const refusing = createCheckpointStamper({
        authority: (request) => authority.stamp(request.slice(0, 20)),
      });
      const replaying = createCheckpointStamper({ authority: async () => file('checkpoint.tsr') });
      const stub = createCheckpointStamper({ authority: async () => utf8('{}') });
      for (const [stamp, reason] of [
        [refusing, 'not_granted'],
        [replaying, 'mismatch'],
        [stub, 'malformed'],
      ] as const) {
        await expect(
          test.operator.exportPackage({ traceId: 'trace-1' }, { stamp }),
        ).rejects.toThrow(
          expect.objectContaining({ code: 'OPERATOR_TIMESTAMP_REFUSED', details: { reason } }),
        );
      }
    });

    it('is judged by certificates, or not at all', () => {
      for (const certificates of [
        [],
        ['x'],
        ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
      ]) {
        expect(() => createTimestampVerifier({ certificates })).toThrow(
          expect.objectContaining({ code: 'OPERATOR_ANCHOR_INVALID' }),
        );
      }
    });
  },
);
