import { createHash } from 'node:crypto';
import { createDraw, type Draw, drawFrom } from './draw.js';

/**
 * Key formats as their vendors document them: a template in which `x` is a letter or digit, `l` a
 * small letter or digit, `u` a capital or digit, `h` a hexadecimal digit, `d` a digit, `b` a
 * character of base64url, each with a count, `g` a UUID, and the rest, in quotes, stands as it is.
 */
const FORMATS: Readonly<Record<string, string>> = {
  adafruit: 'l32',
  airtable: "'pat' x14 '.' h64",
  algolia: 'l32',
  amplitude: 'h32',
  assemblyai: 'h32',
  asana: "'1/' d16 ':' h32",
  auth0: 'b64',
  bitbucket: "'ATBB' x32",
  bitly: 'h40',
  buildkite: "'bkua_' h40",
  bugsnag: 'h32',
  circleci: "'CCIPAT_' x22 '_' h40",
  clickup: "'pk_' d8 '_' u32",
  cloudflare: "'cfut_' x40 h8",
  cloudinary: 'b27',
  codecov: 'g',
  cohere: 'x40',
  coinmarketcap: 'g',
  contentful: "'CFPAT-' b43",
  customerio: 'h20',
  datadog: 'h40',
  deepgram: 'h40',
  deepseek: "'sk-' h32",
  digitalocean: "'dop_v1_' h64",
  discord: "'MTAx' x22 '.' b6 '.' b38",
  dockerhub: "'dckr_pat_' b27",
  doppler: "'dp.st.prd.' x43",
  elevenlabs: "'sk_' h48",
  fastly: 'b32',
  figma: "'figd_' b40",
  fireworks: "'fw_' x24",
  gemini: "'AIzaSy' b33",
  github: "'github_pat_' x22 '_' x59",
  gitlab: "'glpat-' b20",
  grafana: "'glsa_' x32 '_' h8",
  groq: "'gsk_' x52",
  heroku: 'g',
  honeycomb: 'x22',
  hubspot: "'pat-na1-' g",
  huggingface: "'hf_' x34",
  launchdarkly: "'sdk-' g",
  linear: "'lin_api_' x40",
  loggly: 'g',
  lob: "'live_' h35",
  mailchimp: "h32 '-us12'",
  mailgun: "h32 '-' h8 '-' h8",
  mapbox: "'sk.eyJ1Ijoi' x60 '.' b22",
  mistral: 'x32',
  mixpanel: 'h32',
  neon: "'napi_' l64",
  netlify: "'nfp_' x36",
  newrelic: "'NRAK-' u27",
  notion: "'ntn_' x46",
  npm: "'npm_' x36",
  openai: "'sk-proj-' b74 'T3BlbkFJ' b74",
  openrouter: "'sk-or-v1-' h64",
  okta: "'00' b40",
  pagerduty: 'x20',
  paypal: 'b80',
  pinecone: "'pcsk_' x6 '_' x63",
  planetscale: "'pscale_tkn_' b43",
  postman: "'PMAK-' h24 '-' h34",
  postmark: 'g',
  razorpay: 'x24',
  replicate: "'r8_' x37",
  resend: "'re_' x8 '_' x24",
  rollbar: 'h32',
  scaleway: 'g',
  sendgrid: "'SG.' b22 '.' b43",
  sentry: "'sntryu_' h64",
  shopify: "'shpat_' h32",
  snyk: 'g',
  sonarqube: "'squ_' h40",
  sparkpost: 'h40',
  splunk: 'g',
  stripe: "'sk_live_' x24",
  sumologic: "'su' x12",
  supabase: "'sbp_' h40",
  tailscale: "'tskey-api-' x12 '-' x32",
  telegram: "d10 ':AA' b33",
  together: "'tgp_v1_' b43",
  twilio: 'h32',
  twitch: 'l30',
  typeform: "'tfp_' b44 '_' x14",
  vault: "'hvs.' b90",
  vercel: "'vcp_' x56",
  vultr: 'u36',
  wandb: 'h40',
  xai: "'xai-' x80",
  zendesk: 'x40',
};

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const ALPHABETS: Readonly<Record<string, string>> = {
  x: LOWER + LOWER.toUpperCase() + DIGITS,
  l: LOWER + DIGITS,
  u: LOWER.toUpperCase() + DIGITS,
  h: '0123456789abcdef',
  d: DIGITS,
  b: `${LOWER}${LOWER.toUpperCase()}${DIGITS}-_`,
};

function piece(part: string, draw: Draw): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (part === 'g') {
    return [8, 4, 4, 4, 12].map((length) => piece(`h${length}`, draw)).join('-');
  }
  const alphabet = ALPHABETS[part[0] ?? ''] ?? '';
  const length = Number(part.slice(1));
  return drawFrom(draw, alphabet, length);
}

/** How people write a key down: the name of the vendor in a variable of a program or a file. */
const FORMS: readonly ((vendor: string, key: string) => string)[] = [
  (vendor, key) => `${vendor.toUpperCase()}_API_KEY=${key}\nLOG_LEVEL=info`,
  (vendor, key) => `{"timeout": 30, "${vendor}": {"apiKey": "${key}", "retries": 2}}`,
  (vendor, key) =>
    `${vendor}:\n  api_token: ${key}\n  region: eu-west-1\n`.replace('api_', `${vendor}_api_`),
  (vendor, key) => `const ${vendor}Secret = '${key}'; // rotate in May`,
  (vendor, key) => `os.environ["${vendor.toUpperCase()}_ACCESS_TOKEN"] = "${key}"`,
  (vendor, key) => `<add key="${vendor}ApiKey" value="${key}" />`,
];

/** A text with a key in it, and where it comes from. */
export interface FamilySample {
  readonly family: string;
  readonly text: string;
  /** Kept: not looked at while the rules were written. */
  readonly kept: boolean;
}

/** By hash, so that nobody chooses: half of the families. */
function isKept(family: string): boolean {
  return (createHash('sha256').update(`kept ${family}`).digest()[0] ?? 0) % 2 === 1;
}

/** Six texts for each vendor, the same in every run. */
export function familySamples(): readonly FamilySample[] {
  return Object.entries(FORMATS).flatMap(([family, format]) =>
    FORMS.map((write, at) => {
      const draw = createDraw(`${family} ${at}`);
      const key = format
        .split(' ')
        .map((part) => piece(part, draw))
        .join('');
      return { family, text: write(family, key), kept: isKept(family) };
    }),
  );
}
