/** Personal data that a value itself shows. */
export const PII_TYPES = [
  'email',
  'phone',
  'payment_card',
  'iban',
  'us_ssn',
  'de_steuer_id',
  'fr_nir',
  'es_dni',
  'es_nie',
  'it_codice_fiscale',
  'nl_bsn',
  'uk_nino',
  'pl_pesel',
  'br_cpf',
  'in_aadhaar',
  'ip_address',
  'passport',
  'date_of_birth',
  'coordinates',
  'national_id',
  'person_name',
  'postal_address',
] as const;

/** Secrets: the twenty documented types first, then further families. */
export const SECRET_TYPES = [
  'bearer_token',
  'aws_access_key',
  'gcp_service_account',
  'pem_private_key',
  'ssh_private_key',
  'database_connection_string',
  'halluccheck_key',
  'spanforge_key',
  'github_token',
  'npm_token',
  'slack_token',
  'stripe_live_key',
  'stripe_test_key',
  'twilio_key',
  'sendgrid_key',
  'azure_connection_string',
  'google_api_key',
  'terraform_cloud_token',
  'vault_token',
  'jwt',
  'openai_key',
  'anthropic_key',
  'ai_provider_key',
  'gitlab_token',
  'huggingface_token',
  'aws_secret_key',
  'aws_session_token',
  'google_oauth_token',
  'azure_client_secret',
  'vendor_token',
  'url_credentials',
  'generic_key',
  'credential',
] as const;

/** A type of personal data. */
export type PiiType = (typeof PII_TYPES)[number];
/** A type of secret. */
export type SecretType = (typeof SECRET_TYPES)[number];
/** Everything this package can find. */
export type FindingType = PiiType | SecretType;

/** The documented types that are reported whatever the threshold. */
export const ALWAYS_BLOCKING_TYPES = [
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
] as const satisfies readonly SecretType[];

const secretTypes: ReadonlySet<string> = new Set(SECRET_TYPES);
const allTypes: ReadonlySet<string> = new Set([...SECRET_TYPES, ...PII_TYPES]);
const alwaysBlockingTypes: ReadonlySet<string> = new Set(ALWAYS_BLOCKING_TYPES);

export function isFindingType(value: unknown): value is FindingType {
  return typeof value === 'string' && allTypes.has(value);
}

export function isSecret(type: FindingType): type is SecretType {
  return secretTypes.has(type);
}

export function isAlwaysBlocking(type: FindingType): boolean {
  return alwaysBlockingTypes.has(type);
}
