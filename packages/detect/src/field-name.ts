import { snakeCase } from './secrets/names.js';
import type { FindingType } from './types.js';

const names: readonly (readonly [FindingType, RegExp])[] = [
  ['email', /^(?:.{1,63}_)?e_?mail(?:_address)?$/],
  ['phone', /^(?:.{1,63}_)?(?:phone|telephone|mobile|cell|fax|msisdn)(?:_(?:number|no))?$/],
  ['us_ssn', /^(?:ssn|social_security(?:_(?:number|no))?)$/],
  [
    'national_id',
    /^(?:national_id|tax_id|tin|nino|bsn|pesel|cpf|aadhaar|dni|nie|codice_fiscale|steuer_id|national_insurance)(?:_(?:number|no))?$/,
  ],
  ['date_of_birth', /^(?:dob|birth_?(?:date|day)|date_of_birth|born_on)$/],
  ['passport', /^passport(?:_(?:number|no|id))?$/],
  ['iban', /^(?:.{1,63}_)?iban$/],
  ['payment_card', /^(?:(?:credit_?|debit_?)?card_?(?:number|no)|pan|cc_?number|cvv2?|cvc2?)$/],
  ['person_name', /^(?:first|last|full|family|given|maiden|middle|sur)_?name$/],
  [
    'postal_address',
    /^(?:(?:home|street|postal|mailing|billing|shipping)_address|address_line_?\d?|street)$/,
  ],
  ['ip_address', /^(?:(?:client|remote|source|user)_)?ip(?:_?addr(?:ess)?)?$/],
  ['coordinates', /^(?:lat(?:itude)?|lng|lon(?:gitude)?|coordinates|geo_?location)$/],
  [
    'credential',
    /^(?:.{1,63}_)?(?:password|passwd|passphrase|pwd|secret|secret_key|api_?key|access_key|private_key|signing_key|encryption_key|credentials?|(?:access|refresh|auth|session|bearer|api|id)_token)$/,
  ],
];

/** What a member's name, however it is spelled, says about its value. */
export function fieldType(name: string): FindingType | undefined {
  if (name.length > 64) return undefined;
  const snake = snakeCase(name);
  return names.find(([, pattern]) => pattern.test(snake))?.[0];
}

/** A member's name in words: `passportNo` and `passport_no` are `passport no`. */
export function wordsOf(name: string): string {
  return snakeCase(name).replaceAll('_', ' ');
}
