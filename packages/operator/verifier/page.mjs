// Writes verify.html: the verifier and a form around it in one file that works from file://.
//   node packages/operator/verifier/page.mjs

import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>Verify an evidence package</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
  label { display: block; margin: 1rem 0; }
  input, button { font: inherit; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 4px solid #888; padding-left: 1rem; }
  pre.valid { border-color: #080; }
  pre.invalid, pre.violation { border-color: #b00; }
</style>
<h1>Verify an evidence package</h1>
<p>Everything happens in this page: it loads nothing and sends nothing. Take the keys from their
owners, never from the package.</p>
<form>
  <label>Package (.zip or .json) <input id="package" type="file" required></label>
  <label>Trusted keys (vkey, JWK or JWK Set) <input id="keys" type="file" multiple></label>
  <label>A checkpoint you kept (optional) <input id="since" type="file"></label>
  <label>A policy of witnesses (optional) <input id="policy" type="file"></label>
  <button>Verify</button>
</form>
<pre id="report" role="status"></pre>
<script type="module">
/*VERIFIER*/
const field = (id) => document.getElementById(id);
document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const report = field('report');
  report.className = '';
  report.textContent = 'Verifying…';
  try {
    const bytes = new Uint8Array(await field('package').files[0].arrayBuffer());
    const keys = await Promise.all([...field('keys').files].map((file) => file.text()));
    const kept = field('since').files[0];
    const policy = field('policy').files[0];
    const result = await verifyBytes(bytes, {
      keys,
      ...(kept ? { since: await kept.text() } : {}),
      ...(policy ? { witnessPolicy: await policy.text() } : {}),
    });
    report.className = result.verdict;
    report.textContent = describe(result);
  } catch (error) {
    report.textContent = 'FAILED: ' + error.message;
  }
});
</script>
</html>
`;

/** The page around the text of the verifier. */
export function makePage(verifier) {
  if (/<\/script|<!--/i.test(verifier)) throw new Error('the verifier would end its own script');
  return PAGE.replace('/*VERIFIER*/', () => verifier);
}

const here = (name) => new URL(name, import.meta.url);
if (process.argv[1] === here('page.mjs').pathname) {
  writeFileSync(here('verify.html'), makePage(readFileSync(here('verify.mjs'), 'utf8')));
}
