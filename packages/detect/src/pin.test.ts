import { expect, expectTypeOf, it } from 'vitest';
import * as detect from './index.js';

it('exports exactly this', () => {
  expect(Object.keys(detect).sort()).toEqual([
    'ALWAYS_BLOCKING_TYPES',
    'DetectError',
    'PII_TYPES',
    'SECRET_TYPES',
    'detect',
    'detectFields',
    'mask',
    'redact',
  ]);
});

it('has exactly these codes', () => {
  expectTypeOf<detect.DetectErrorCode>().toEqualTypeOf<
    'DETECT_OPTION' | 'DETECT_NOT_TEXT' | 'DETECT_NOT_JSON'
  >();
});

it('has exactly these types', () => {
  expect(detect.PII_TYPES).toEqual(
    [
      'email phone payment_card iban us_ssn de_steuer_id fr_nir es_dni es_nie it_codice_fiscale',
      'nl_bsn uk_nino pl_pesel br_cpf in_aadhaar ip_address passport date_of_birth coordinates',
      'national_id person_name postal_address',
    ]
      .join(' ')
      .split(' '),
  );
  expect(detect.SECRET_TYPES).toEqual(
    [
      'bearer_token aws_access_key gcp_service_account pem_private_key ssh_private_key',
      'database_connection_string halluccheck_key spanforge_key github_token npm_token slack_token',
      'stripe_live_key stripe_test_key twilio_key sendgrid_key azure_connection_string',
      'google_api_key terraform_cloud_token vault_token jwt openai_key anthropic_key',
      'ai_provider_key gitlab_token huggingface_token aws_secret_key aws_session_token',
      'google_oauth_token azure_client_secret vendor_token url_credentials generic_key credential',
    ]
      .join(' ')
      .split(' '),
  );
});

it('always blocks exactly these', () => {
  expect(detect.ALWAYS_BLOCKING_TYPES).toEqual([
    'bearer_token',
    'aws_access_key',
    'gcp_service_account',
    'pem_private_key',
    'ssh_private_key',
    'halluccheck_key',
    'spanforge_key',
    'github_token',
    'stripe_live_key',
    'npm_token',
  ]);
});

it('brands its errors across copies', () => {
  expect(detect.DetectError.is(new detect.DetectError('DETECT_OPTION', 'x'))).toBe(true);
  expect(detect.DetectError.is(new Error('x'))).toBe(false);
});

it('has findings of exactly this shape', () => {
  const email = {
    type: 'email',
    family: 'pii',
    start: 0,
    end: 13,
    confidence: 0.95,
    alwaysBlocking: false,
    masked: '[redacted:email]',
  };
  expect(detect.detect('a@example.org')).toEqual([email]);
  expect(detect.detectFields(['a@example.org'])).toEqual([
    { ...email, path: [0], within: 'value' },
  ]);
});
