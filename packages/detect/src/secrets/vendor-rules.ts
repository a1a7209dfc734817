import { BASE64, BASE64_URL, type CharacterClass, charactersOf } from '../character.js';
import type { SecretType } from '../types.js';

/** A token that a literal of its vendor gives away. */
export interface VendorRule {
  readonly type: SecretType;
  /** Where a token is recognised, most often its prefix. */
  readonly literals: readonly string[];
  /** What follows the literal: anchored, and without an unbounded quantifier. */
  readonly rest: RegExp;
  /** What goes on after `rest`, however long. */
  readonly open?: CharacterClass;
  /** What stands before the literal and belongs to the token: anchored at its end. */
  readonly before?: RegExp;
  /** Words without which the pattern says too little. */
  readonly context?: RegExp;
  /** Set where the literal is too common to be evidence beside the pattern. */
  readonly weak?: boolean;
}

function rule(
  type: SecretType,
  literals: string,
  rest: RegExp,
  more: Pick<VendorRule, 'open' | 'before' | 'context' | 'weak'> = {},
): VendorRule {
  return { type, literals: literals.split(' '), rest, ...more };
}

const open = { open: BASE64_URL };
// Prefixes that are also found in names want a digit behind them.
const NUMBERED_KEY = /^(?=\D{0,40}\d)[A-Za-z0-9]{20,128}(?!\w)/;
const UUID_REST = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)/;
const SENTRY = charactersOf(/[\w+/=-]/);

const documented: readonly VendorRule[] = [
  rule('aws_access_key', 'AKIA ASIA ABIA ACCA', /^[A-Z0-9]{16}(?!\w)/),
  rule('halluccheck_key', 'hc_live_ hc_test_', /^[A-Za-z0-9]{16,128}(?!\w)/),
  rule('halluccheck_key', 'hc_ hc- hck_ hallucheck_ halluccheck_', NUMBERED_KEY, { weak: true }),
  rule('spanforge_key', 'sf_live_ sf_test_', /^[A-Za-z0-9]{16,128}(?!\w)/),
  rule('spanforge_key', 'sf_ sf- spanforge_', NUMBERED_KEY, { weak: true }),
  rule('github_token', 'ghp_ gho_ ghu_ ghs_ ghr_', /^[A-Za-z0-9]{36,255}(?!\w)/),
  rule('github_token', 'github_pat_', /^\w{22,255}(?!\w)/),
  rule('npm_token', 'npm_', /^[A-Za-z0-9]{36}(?!\w)/),
  rule('npm_token', '_authToken=', /^[\w+/=-]{20,200}/, { before: /[^$]$/ }),
  rule(
    'slack_token',
    'xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xoxc- xoxd- xapp-',
    /^(?=[^\s]{0,40}\d)[A-Za-z0-9-]{20}/,
    open,
  ),
  rule(
    'slack_token',
    'hooks.slack.com/services/ hooks.slack.com/workflows/',
    /^[A-Za-z0-9]{8,16}\/[A-Za-z0-9]{8,16}\/[\w/]{16,64}/,
  ),
  rule('stripe_live_key', 'sk_live_ rk_live_', /^[A-Za-z0-9]{16,247}(?!\w)/),
  rule('stripe_test_key', 'sk_test_ rk_test_', /^[A-Za-z0-9]{16,247}(?!\w)/),
  rule('twilio_key', 'SK AC', /^[0-9a-f]{32}(?!\w)/),
  rule('sendgrid_key', 'SG.', /^[\w-]{16,32}\.[\w-]{16,64}(?![\w-])/),
  rule('google_api_key', 'AIza', /^[\w-]{35}(?![\w-])/),
  rule('terraform_cloud_token', '.atlasv1.', /^[\w=-]{60,80}/, {
    before: /(?<!\w)[A-Za-z0-9]{14}$/,
  }),
  rule('vault_token', 'hvs. hvb. hvr.', /^[\w-]{24}/, open),
  rule('vault_token', 's.', /^[A-Za-z0-9]{24}(?!\w)/, { context: /vault/i, weak: true }),
];

const artificialIntelligence: readonly VendorRule[] = [
  rule('openai_key', 'sk-proj- sk-svcacct- sk-admin- sk-None-', /^[\w-]{20}/, open),
  rule('openai_key', 'sk-', /^[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?!\w)/),
  rule('anthropic_key', 'sk-ant-', /^[\w-]{24}/, open),
  rule('ai_provider_key', 'sk-or-v1-', /^[0-9a-f]{64}(?!\w)/),
  rule('ai_provider_key', 'sk-', /^(?=\D{0,30}\d)[A-Za-z0-9]{32,64}(?![\w-])/, { weak: true }),
  rule(
    'ai_provider_key',
    'gsk_ xai- pplx- csk- fw_ tvly- tvly-dev- tvly-prod-',
    /^(?=\D{0,40}\d)[A-Za-z0-9]{24,128}(?!\w)/,
  ),
  rule('ai_provider_key', 'fc-', /^[0-9a-f]{32}(?!\w)/),
  rule('ai_provider_key', 'tgp_v1_', /^[\w-]{43}(?![\w-])/),
  rule('ai_provider_key', 'sk-lf- pk-lf-', UUID_REST),
  rule('ai_provider_key', 'sk-helicone-', /^[a-z0-9-]{30,60}(?![\w-])/),
  rule('ai_provider_key', 'sk_', /^[0-9a-f]{48}(?!\w)/),
  rule('ai_provider_key', 'ABSK', /^[A-Za-z0-9+/]{60,300}={0,2}/),
  rule('ai_provider_key', 'bedrock-api-key-', /^[A-Za-z0-9+/=]{24}/, { open: BASE64 }),
  rule('ai_provider_key', 'nvapi-', /^[\w-]{60,70}(?![\w-])/),
  rule('ai_provider_key', 'pcsk_', /^[A-Za-z0-9]{5,6}_[A-Za-z0-9]{50,70}(?!\w)/),
  rule('ai_provider_key', 'r8_', /^[A-Za-z0-9]{37}(?!\w)/),
  rule('ai_provider_key', 'lsv2_pt_ lsv2_sk_', /^[0-9a-f]{32}_[0-9a-f]{10}(?!\w)/),
  rule('huggingface_token', 'hf_ api_org_', /^[A-Za-z0-9]{34}(?!\w)/),
];

const clouds: readonly VendorRule[] = [
  rule('aws_session_token', 'IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz', /^[A-Za-z0-9+/=]{80}/, {
    open: BASE64,
  }),
  rule('google_oauth_token', 'GOCSPX-', /^[\w-]{28}(?![\w-])/),
  rule('google_oauth_token', 'ya29. 1//0', /^[\w-]{28}/, open),
  rule('azure_client_secret', 'Q~', /^[\w.~-]{31,34}(?![\w.~-])/, {
    before: /(?<!\w)[\w.~-]{3}\d$/,
  }),
  rule('vendor_token', 'LTAI', /^[A-Za-z0-9]{16,20}(?!\w)/),
  rule('vendor_token', 'dop_v1_ doo_v1_ dor_v1_', /^[0-9a-f]{64}(?!\w)/),
  rule('vendor_token', 'dapi', /^[0-9a-f]{32}(?:-\d)?(?!\w)/),
  rule('vendor_token', 'sbp_', /^[0-9a-f]{40}(?!\w)/),
  rule('vendor_token', 'cfk_ cfut_ cfat_', /^[A-Za-z0-9_-]{40,56}(?![\w-])/),
  rule('vendor_token', 'napi_', /^[a-z0-9]{64}(?!\w)/),
  rule('vendor_token', 'vcp_ vck_ vci_ vca_ vcr_', /^[A-Za-z0-9]{56}(?!\w)/),
  rule('vendor_token', 'ddp_ ddw_', /^[A-Za-z0-9]{36}(?!\w)/),
  rule('vendor_token', 'AKID', /^[A-Za-z0-9]{32}(?!\w)/),
  rule('vendor_token', 'AKLT', /^[A-Za-z0-9]{40,60}(?!\w)/),
  rule('vendor_token', 'AQVN', /^[\w-]{35,38}(?![\w-])/),
  rule('vendor_token', 't1.', /^[\w-]{8,400}={0,2}\.[\w-]{86}={0,2}(?![\w-])/),
  rule('vendor_token', 'YC', /^[A-Za-z0-9_-]{38}(?![\w-])/, {
    context: /yandex|aws|access|secret/i,
  }),
  rule('vendor_token', '4b1d', /^[A-Za-z0-9]{38}(?!\w)/),
  rule('vendor_token', 'SWMTKN-1-', /^[a-z0-9]{45,55}-[a-z0-9]{20,30}(?!\w)/),
  rule('vendor_token', 'pul-', /^[0-9a-f]{40}(?!\w)/),
  rule('vendor_token', 'sb_secret_', /^[\w-]{31}/, open),
  rule('vendor_token', 'nfp_ rnd_', /^(?=\D{0,40}\d)[A-Za-z0-9]{24,48}(?!\w)/),
  rule(
    'vendor_token',
    'tskey-auth- tskey-api- tskey-client-',
    /^[A-Za-z0-9]{10,20}-[A-Za-z0-9]{20,40}(?!\w)/,
  ),
  rule('vendor_token', 'fm2_', /^[A-Za-z0-9+/=]{80}/, { open: BASE64 }),
];

const development: readonly VendorRule[] = [
  rule(
    'gitlab_token',
    'glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- gloas- glimt- glffct-',
    /^[\w-]{20,300}(?:\.[\w.-]{9,40})?(?![\w-])/,
  ),
  rule('vendor_token', 'pypi-AgEIcHlwaS5vcmc pypi-AgENdGVzdC5weXBpLm9yZ', /^[\w-]{50}/, open),
  rule('vendor_token', 'rubygems_', /^[0-9a-f]{48}(?!\w)/),
  rule('vendor_token', 'dckr_pat_ dckr_oat_', /^[\w-]{27}/, open),
  rule('vendor_token', 'ATATT3xFf ATCTT3xFf ATBB', /^[\w=-]{28}/, open),
  rule('vendor_token', 'NRAK-', /^[A-Z0-9]{27}(?!\w)/),
  rule('vendor_token', 'PMAK-', /^[0-9a-f]{24}-[0-9a-f]{34}(?!\w)/),
  rule('vendor_token', 'lin_api_ lin_oauth_', /^[A-Za-z0-9]{40,64}(?!\w)/),
  rule('vendor_token', 'ntn_ secret_', /^(?=\D{0,30}\d)[A-Za-z0-9]{43,46}(?!\w)/),
  rule('vendor_token', 'figd_ figo_', /^[\w-]{40}/, open),
  rule('vendor_token', 'CCIPAT_ CCIPRJ_', /^[A-Za-z0-9]{20,24}_[0-9a-f]{40}(?!\w)/),
  rule('vendor_token', 'bkua_', /^[0-9a-f]{40}(?!\w)/),
  rule('vendor_token', 'bkaj_ bkat_', /^[A-Za-z0-9_-]{40,200}/),
  rule('vendor_token', 'cio', /^[A-Za-z0-9]{32}(?!\w)/, { context: /crate|cargo/i }),
  rule('vendor_token', 'cmVmdGtuOj', /^[\w=]{50,64}(?!\w)/),
  rule('vendor_token', 'dG9rO', /^[A-Za-z0-9+/]{50,64}={0,2}/),
  rule('vendor_token', 'vtwn_', /^[A-Za-z0-9]{20,60}(?!\w)/),
  rule('vendor_token', 'snyk_uat.', /^[0-9a-f]{8}\.[A-Za-z0-9_-]{60}/, open),
  rule('vendor_token', 'hcaik_ hcxik_ hcalk_ hcxlk_ hcamk_', /^[a-z0-9]{58}(?!\w)/),
  rule('vendor_token', 'pk_', /^\d{6,9}_[A-Z0-9]{32}(?!\w)/),
  rule('vendor_token', 'ATTA', /^[0-9a-f]{64}[0-9A-F]{8}(?!\w)/),
  rule('vendor_token', 'ATCTT', /^[\w=-]{150}/, open),
  rule('vendor_token', 'eyJrIjoi', /^[A-Za-z0-9]{70,400}={0,3}(?![\w.])/),
  rule(
    'vendor_token',
    'A3-',
    /^[A-Z0-9]{6}(?:-[A-Z0-9]{11}|-[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}(?![\w-])/,
  ),
  rule(
    'vendor_token',
    'sc_ ext_ scauth_ authress_',
    /^[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc_?[A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}/,
  ),
  rule('vendor_token', 'squ_', /^[0-9a-f]{40}(?!\w)/),
  rule(
    'vendor_token',
    'dp.pt. dp.st. dp.ct. dp.sa.',
    /^(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}(?!\w)/,
  ),
  rule('vendor_token', 'sntrys_eyJ', /^[A-Za-z0-9+/=_-]{80}/, { open: SENTRY }),
  rule('vendor_token', 'sntryu_', /^[0-9a-f]{64}(?!\w)/),
  rule('vendor_token', 'glc_ glsa_', /^[\w+/=-]{32}/, { open: BASE64 }),
  rule('vendor_token', 'pscale_tkn_ pscale_pw_ pscale_oauth_', /^[\w=.-]{32,64}(?![\w=.-])/),
  rule('vendor_token', 'sgp_', /^(?:(?:[0-9A-Fa-f]{16}|local)_)?[0-9A-Fa-f]{40}(?!\w)/),
  rule('vendor_token', 'sat. pat.', /^[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}(?!\w)/),
  rule('vendor_token', 'sm_pat_ sm_sat_ sm_aat_', /^[A-Za-z0-9]{16}(?!\w)/),
  rule('vendor_token', 'API-', /^(?=[A-Z]{0,25}\d)[A-Z0-9]{26}(?!\w)/),
  rule('vendor_token', 'sha256~', /^[\w-]{43}(?![\w-])/),
  rule('vendor_token', 'AKCp', /^[A-Za-z0-9]{60,80}(?!\w)/),
  rule('vendor_token', 'ops_eyJ', /^[A-Za-z0-9+/=]{200}/, { open: BASE64 }),
  rule('vendor_token', 'AGE-SECRET-KEY-1', /^[02-9AC-HJ-NP-Z]{58}(?!\w)/),
];

const platforms: readonly VendorRule[] = [
  rule('vendor_token', 'HRKU-AA', /^[\w-]{58}(?![\w-])/),
  rule('vendor_token', 'p8e-', /^[A-Za-z0-9]{32}(?!\w)/),
  rule('vendor_token', 'dt0c01. dt0s16. dt0s01.', /^[A-Z0-9]{24}\.[A-Z0-9]{64}(?!\w)/),
  rule('vendor_token', 'CLOJARS_', /^[0-9a-f]{60}(?!\w)/i),
  rule('vendor_token', 'duffel_test_ duffel_live_', /^[\w=-]{43}(?![\w=-])/),
  rule('vendor_token', 'ico-', /^[A-Za-z0-9]{32}(?!\w)/),
  rule('vendor_token', 'NRJS- NRII- NRIQ- NRSP-', /^[\w-]{19,40}(?![\w-])/),
  rule('vendor_token', 'oy2', /^[a-z0-9]{43}(?!\w)/),
  rule('vendor_token', 'pnu_ pnb_', /^[A-Za-z0-9]{36}(?!\w)/),
  rule('vendor_token', 'rdme_', /^[a-z0-9]{70}(?!\w)/),
  rule('vendor_token', 'tk-us-', /^[\w-]{48}(?![\w-])/),
  rule('vendor_token', 'shippo_live_ shippo_test_', /^[0-9a-f]{40}(?!\w)/),
  rule('vendor_token', 'squ_ sqp_ sqa_', /^[0-9a-f]{40}(?!\w)/),
  rule('vendor_token', 'fo1_', /^[\w-]{43}(?![\w-])/),
  rule('vendor_token', 'fm1a_ fm1r_', /^[A-Za-z0-9+/=]{80}/, { open: BASE64 }),
  rule('vendor_token', 'v1.0-', /^[0-9a-f]{24}-[0-9a-f]{146}(?!\w)/),
  rule('vendor_token', 'dnkey-', /^[\w=-]{26}-[\w=-]{52}(?![\w=-])/),
  rule('vendor_token', 'sl.', /^[\w=-]{130,152}(?![\w=-])/),
  rule('vendor_token', 'aio_', /^(?=\D{0,30}\d)[A-Za-z0-9]{28}(?!\w)/),
  rule('vendor_token', 'GR1348941', /^[\w-]{20}(?![\w-])/),
  rule('vendor_token', 'live_pub_ test_pub_', /^[0-9a-f]{30,35}(?!\w)/),
  rule('vendor_token', 'access-production- access-sandbox- access-development-', UUID_REST),
  rule('vendor_token', 'pk.eyJ', /^[\w-]{40,400}\.[\w-]{20,40}(?![\w-])/),
];

const services: readonly VendorRule[] = [
  rule('vendor_token', 'shptka_ shpua_', /^[0-9A-Fa-f]{32}(?!\w)/),
  rule('vendor_token', 'rzp_live_ rzp_test_', /^[A-Za-z0-9]{14}(?!\w)/),
  rule('vendor_token', 're_', /^[A-Za-z0-9]{8}_[A-Za-z0-9]{20,30}(?!\w)/),
  rule('vendor_token', 'md-', /^[A-Za-z0-9_-]{22}(?![\w-])/, { context: /mandrill|mailchimp/i }),
  rule('vendor_token', '-us', /^\d{1,2}(?!\w)/, { before: /(?<!\w)[0-9a-f]{32}$/ }),
  rule('vendor_token', '_mmk', /^(?!\w)/, { before: /(?<!\w)[A-Za-z0-9]{6}_[A-Za-z0-9]{29}$/ }),
  rule(
    'vendor_token',
    'access_token$production$ access_token$sandbox$',
    /^[a-z0-9]{16}\$[0-9a-f]{32}(?!\w)/,
  ),
  rule('vendor_token', 'A21AA', /^[\w-]{60,120}(?![\w-])/),
  rule('vendor_token', 'WPL_AP', /^\d\.[A-Za-z0-9]{12,20}\.[A-Za-z0-9+/]{6}={0,2}/),
  rule('vendor_token', 'AAAAAAAAAAAAAAAAAAAAA', /^[A-Za-z0-9%]{60,100}(?!\w)/),
  rule('vendor_token', ':APA91b', /^[\w-]{130,200}(?![\w-])/, { before: /(?<!\w)[\w-]{11,22}$/ }),
  rule('vendor_token', 'live_ test_', /^[0-9a-f]{35}(?!\w)/),
  rule(
    'vendor_token',
    '.webhook.office.com/webhookb',
    /^2\/[0-9a-f-]{36}@[0-9a-f-]{36}\/IncomingWebhook\/[0-9a-f]{32}\/[0-9a-f-]{36}/,
  ),
  rule('vendor_token', '0| 1| 2| 3| 4| 5| 6| 7| 8| 9|', /^[\w-]{27}(?![\w-])/, {
    before: /(?<!\w)\d{14,16}$/,
  }),
  rule('vendor_token', '00D', /^[A-Za-z0-9]{12,15}![\w.]{80,120}/),
  rule('vendor_token', 'shpat_ shpca_ shppa_ shpss_', /^[0-9A-Fa-f]{32}(?!\w)/),
  rule('vendor_token', 'whsec_', /^[A-Za-z0-9+/=]{32}/, { open: BASE64 }),
  rule('vendor_token', 'sq0atp- sq0csp-', /^[\w-]{22}/, open),
  rule('vendor_token', 'EAAA EAAC EAAM', /^[A-Za-z0-9_-]{56}/, {
    ...open,
    before: /(?<![\w+/=])$/,
  }),
  rule('vendor_token', 'pat', /^[A-Za-z0-9]{14}\.[0-9a-f]{64}(?!\w)/),
  rule(
    'vendor_token',
    'pat-na1- pat-eu1-',
    /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/,
  ),
  rule('vendor_token', 'xkeysib- xsmtpsib-', /^[0-9a-f]{64}-[A-Za-z0-9]{16}(?!\w)/),
  rule('vendor_token', 'FLWSECK_TEST- FLWSECK- FLWPUBK_TEST-', /^[0-9A-Za-z]{12,32}(?:-X)?(?!\w)/),
  rule('vendor_token', 'EZAK EZTK', /^[A-Za-z0-9]{54}(?!\w)/),
  rule('vendor_token', 'fio-u-', /^[\w=-]{64}(?![\w=-])/),
  rule('vendor_token', 'tfp_', /^[\w=.-]{59}(?![\w=.-])/),
  rule('vendor_token', 's-s4t2ud- s-s4t2af-', /^[0-9a-f]{64}(?!\w)/),
  rule('vendor_token', 'phx_ CFPAT-', /^[\w-]{40}/, open),
  rule('vendor_token', 'sk.eyJ', /^[\w-]{40,400}\.[\w-]{20,40}(?![\w-])/),
  rule('vendor_token', 'key-', /^[0-9a-f]{32}(?!\w)/, { context: /mailgun/i }),
  rule('vendor_token', ':AA', /^[\w-]{33}(?![\w-])/, { before: /(?<!\w)\d{8,10}$/ }),
  rule(
    'vendor_token',
    'discord.com/api/webhooks/ discordapp.com/api/webhooks/',
    /^\d{17,20}\/[\w-]{60,80}/,
  ),
];

/** Every vendor's tokens that we know, the documented ones first. */
export const vendorRules: readonly VendorRule[] = [
  ...documented,
  ...artificialIntelligence,
  ...clouds,
  ...development,
  ...platforms,
  ...services,
];
