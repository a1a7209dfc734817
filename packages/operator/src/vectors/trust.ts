import type { AddVectors } from './sheet.js';

/** What the trusted keys and the traces themselves come to; nothing is forged. */
export const addTrustVectors: AddVectors = ({ add }, { since }) => {
  add('as it was exported', 'call', undefined, 'valid');
  add('as tiles', 'tiles', undefined, 'valid');
  add('records of one type', 'parts', undefined, 'valid');
  add('one value under two records', 'shared', undefined, 'valid');
  add('with the package keys alone', 'call', undefined, 'valid', undefined, { keys: ['package'] });
  add('with a checkpoint that was kept', 'call', undefined, 'valid', undefined, {
    options: { since },
  });
  add('without evidence', 'empty', undefined, 'incomplete', 'no_evidence');
  add('with the log key alone', 'call', undefined, 'incomplete', 'no_trusted_package_key', {
    keys: ['log'],
  });
  add('without keys', 'call', undefined, 'untrusted', 'no_trusted_key', { keys: [] });
  add('with a stranger as exporter', 'call', undefined, 'untrusted', 'untrusted_key', {
    keys: ['stranger', 'log'],
  });
  add('with a stranger as log', 'call', undefined, 'untrusted', 'untrusted_key', {
    keys: ['package', 'strange_log'],
  });
  add('with the key of another log', 'call', undefined, 'invalid', 'origin_mismatch', {
    keys: ['package', 'other_log'],
  });
  add('ran although blocked', 'blocked', undefined, 'violation', 'executed_not_authorised');
  add('one decision for two executions', 'reused', undefined, 'violation', 'decision_reused');
  add('a decision about another agent', 'elsewhere', undefined, 'violation', 'decision_mismatch');
  add('shorter than a known size', 'call', undefined, 'invalid', 'rollback', {
    options: { known_size: 1_000_000 },
  });
  add('one key for two roles', 'call', undefined, 'failed', 'OPERATOR_ANCHOR_INVALID', {
    keys: ['package', 'other_log', 'log'],
  });
};
