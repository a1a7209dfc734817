// Writes verify.html: the verifier and a form around it in one file that works from file://.
//   node packages/operator/verifier/page.mjs

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const STYLE = `
  :root {
    color-scheme: light dark;
    --page: #f5f6f8; --card: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d5dae1; --act: #1f5fbf;
    --good: #15713a; --bad: #b3261e; --warn: #8a5a00; --tint: #fff;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --page: #14171b; --card: #1d2126; --ink: #e7eaee; --soft: #a0a9b4; --line: #363d46; --act: #6ea8ff;
      --good: #4cc27a; --bad: #ff8a80; --warn: #e5b454; --tint: #14171b;
    }
  }
  * { box-sizing: border-box; }
  body {
    font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 2.5rem 1rem 4rem;
    color: var(--ink); background: var(--page);
  }
  main { max-width: 48rem; margin: 0 auto; }
  h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }
  h2 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
  p { margin: 0 0 1.2rem; }
  .soft, small { color: var(--soft); }
  small { display: block; font-size: .85rem; }
  form, article {
    background: var(--card); border: 1px solid var(--line); border-radius: .7rem;
    padding: 1.2rem 1.4rem; margin: 0 0 1.2rem;
  }
  label { display: block; margin: 0 0 1.1rem; font-weight: 600; }
  label small { font-weight: 400; margin-bottom: .3rem; }
  input {
    display: block; width: 100%; font: inherit; font-weight: 400; color: inherit; padding: .5rem .6rem;
    background: var(--page); border: 1px solid var(--line); border-radius: .45rem;
  }
  input[type=file] { border-style: dashed; }
  button, ::file-selector-button {
    font: inherit; font-weight: 600; cursor: pointer; border-radius: .45rem; padding: .5rem 1.4rem;
    color: var(--tint); background: var(--act); border: 0;
  }
  ::file-selector-button {
    padding: .15rem .8rem; margin-right: .8rem; font-weight: 400;
    color: inherit; background: var(--card); border: 1px solid var(--line);
  }
  button:disabled { opacity: .5; cursor: wait; }
  :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
  details { margin: 0 0 1.2rem; }
  article details { margin: 1.2rem 0 0; }
  summary { cursor: pointer; color: var(--soft); }
  details label { margin-top: 1rem; }
  article { border-top: .45rem solid var(--soft); overflow-wrap: anywhere; }
  article.valid { border-top-color: var(--good); }
  article.invalid, article.violation { border-top-color: var(--bad); }
  article.incomplete, article.untrusted, article.unsupported { border-top-color: var(--warn); }
  .verdict { font-size: 1.5rem; font-weight: 700; text-transform: uppercase; letter-spacing: .03em; }
  .valid .verdict { color: var(--good); }
  .invalid .verdict, .violation .verdict { color: var(--bad); }
  .incomplete .verdict, .untrusted .verdict, .unsupported .verdict { color: var(--warn); }
  dl { display: grid; grid-template-columns: 11rem 1fr; gap: .35rem 1rem; margin: 0; }
  dt { color: var(--soft); }
  dd { margin: 0; }
  @media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
  ul { margin: 0; padding-left: 1.2rem; }
  li { margin: .2rem 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.5 ui-monospace, monospace; }
`;

const SCRIPT = `/*VERIFIER*/
const MEANING = {
  valid: 'Whole and unchanged. Every check that your keys allow holds.',
  invalid: 'Something was changed, is missing, or does not follow from its policy. Do not rely on this package.',
  violation: 'The package is genuine, and what it shows is conduct that its own decisions did not allow.',
  incomplete: 'Nothing is wrong with what is there, but something that is needed is not there.',
  untrusted: 'None of the keys you gave vouches for this package. Take the keys from their owners.',
  unsupported: 'The package has something that this verifier does not know, so it cannot judge it.',
  failed: 'The verification could not be carried out.',
};

async function judge({ packages, options }) {
  if (packages.length > 1) return verifyTogether(packages, options);
  return { packages: [await verifyBytes(packages[0], options)], links: [] };
}

/** In a worker, so that the page answers meanwhile; in the page where there are no workers. */
function judgeAside(asked) {
  const program = globalThis.Worker && document.getElementById('program')?.textContent;
  if (!program) return judge(asked);
  // A page of file:// may not start modules, so that this is the same text as a script.
  const text = program.replace(/^export /gm, '').replace(/import\\.meta\\.url/g, 'undefined');
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    const aside = new Worker(address);
    let started = false;
    const end = () => {
      aside.terminate();
      URL.revokeObjectURL(address);
    };
    aside.onmessage = ({ data }) => {
      if (data.ready) {
        started = true;
        return aside.postMessage(asked, asked.packages.map((one) => one.buffer));
      }
      end();
      if (data.error === undefined) resolve(data.answer);
      else reject(new Error(data.error));
    };
    aside.onerror = (event) => {
      event.preventDefault?.();
      end();
      if (started) reject(new Error(event.message || 'the verifier stopped'));
      else resolve(judge(asked));
    };
  });
}

function element(tag, className, ...parts) {
  const one = document.createElement(tag);
  one.className = className;
  one.append(...parts);
  return one;
}

const listed = (title, texts) =>
  texts.length === 0
    ? []
    : [element('h2', '', title), element('ul', '', ...texts.map((text) => element('li', '', visible(text))))];

function factsOf(report) {
  const { log, tail, level, complete, outcome, strictest, witnesses, rederivation: again } = report;
  const facts = [['Records', String(report.records)]];
  if (log) {
    facts.push(['Log', log.origin], ['Checkpoint', 'size ' + log.size]);
    facts.push(['Tail', tail === 'pinned'
      ? 'pinned: nothing was cut off up to the size you brought'
      : 'unpinned: bring a checkpoint you kept, and it shows whether newer records were cut off']);
    facts.push(['Selection', complete === 'proven'
      ? 'proven to be all records that were asked for'
      : 'not proven to be all records that were asked for']);
  }
  if (level) facts.push(['Assurance', level]);
  if (outcome) facts.push(['Outcome', outcome === strictest || !strictest
    ? outcome : outcome + ', strictest decision ' + strictest]);
  if (witnesses) facts.push(['Witnesses', 'quorum ' + witnesses.quorum + ', ' +
    (witnesses.cosigned.map(({ name }) => name).join(', ') || 'none')]);
  facts.push(['Decisions taken again', again.same + ' the same, ' + again.different +
    ' different, ' + again.not_rederivable + ' not re-derivable']);
  return facts;
}

function card(name, report) {
  const kept = describe(report);
  const facts = factsOf(report).flatMap(([term, text]) => [
    element('dt', '', term), element('dd', '', visible(text)),
  ]);
  const notes = report.faults.map(({ verdict, reason, index, file }) =>
    verdict + ': ' + [index === undefined ? '' : 'record ' + index, file ?? '', reason].filter(Boolean).join(': '));
  return element('article', report.verdict,
    element('div', 'verdict', report.verdict),
    element('p', '', MEANING[report.verdict] ?? ''),
    element('p', 'soft', visible(name)),
    element('dl', '', ...facts),
    ...listed('Faults', notes),
    ...listed('Decisions that are not the same', report.rederivation.decisions.map((one) =>
      'record ' + one.index + ': ' + (one.status === 'different'
        ? 'differs in ' + one.parts.join(', ')
        : 'not re-derivable: ' + one.missing.join(', ') + ' withheld or erased'))),
    ...listed('Findings', report.findings.map(({ code, message }) => code + ': ' + message)),
    element('details', '', element('summary', '', 'The report as text'), element('pre', '', kept)),
  );
}

const field = (id) => document.getElementById(id);
const textOf = async (id) => field(id).files[0]?.text();

async function asked() {
  const files = [...field('package').files];
  if (files.length === 0) throw new Error('choose a package');
  if (!globalThis.crypto?.subtle)
    throw new Error('this page has no Web Cryptography: open it from a file or over https');
  const packages = await Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
  const keys = await Promise.all([...field('keys').files].map((file) => file.text()));
  const [since, witnessPolicy] = [await textOf('since'), await textOf('policy')];
  const [origin, size] = [field('origin').value.trim(), field('size').value.trim()];
  if (size !== '' && !/^(0|[1-9][0-9]{0,15})$/.test(size)) throw new Error('a known size is a whole number');
  const about = {
    ...(since === undefined ? {} : { since }),
    ...(origin === '' ? {} : { origin }),
    ...(size === '' ? {} : { knownSize: Number(size) }),
  };
  if (files.length > 1 && Object.keys(about).length > 0)
    throw new Error('a kept checkpoint, an origin and a known size are about one package');
  const policy = witnessPolicy === undefined ? {} : { witnessPolicy };
  return { names: files.map(({ name }) => name), asked: { packages, options: { keys, ...about, ...policy } } };
}

async function act() {
  const { names, asked: question } = await asked();
  const { packages, links } = await judgeAside(question);
  const together = links.map(({ from, to, relation }) => names[to] + ' with ' + names[from] + ': ' + relation);
  const related = together.length === 0 ? [] : [element('article', '', ...listed('Together', together))];
  return [...packages.map((report, at) => card(names[at] ?? '', report)), ...related];
}

function start() {
  document.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const [report, button] = [field('report'), field('verify')];
    button.disabled = true;
    report.replaceChildren(element('p', 'soft', 'Verifying…'));
    try {
      report.replaceChildren(...(await act()));
    } catch (error) {
      report.replaceChildren(element('article', 'failed',
        element('div', 'verdict', 'failed'), element('p', '', visible(error.message))));
    }
    button.disabled = false;
  });
}

function answer() {
  globalThis.onmessage = async ({ data }) => {
    try {
      globalThis.postMessage({ answer: await judge(data) });
    } catch (error) {
      globalThis.postMessage({ error: String(error?.message ?? error) });
    }
  };
  globalThis.postMessage({ ready: true });
}

if (globalThis.document) start();
else answer();
`;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '/*SCRIPT-HASH*/'; style-src '/*STYLE-HASH*/'; worker-src blob:; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width">
<title>Verify an evidence package</title>
<style>/*STYLE*/</style>
<main>
<h1>Verify an evidence package</h1>
<p class="soft">Everything happens in this page: it loads nothing and sends nothing. Take the keys from
their owners, never from the package.</p>
<form>
  <label>Package <small>A .zip or .json; several are also compared with each other.</small>
    <input id="package" type="file" multiple required></label>
  <label>Trusted keys <small>vkeys, JWKs or JWK Sets, as many as you have.</small>
    <input id="keys" type="file" multiple></label>
  <details>
    <summary>What else you know</summary>
    <label>A checkpoint you kept <small>Shows whether the log was set back or forked since.</small>
      <input id="since" type="file"></label>
    <label>A policy of witnesses <small>Whose cosignatures the checkpoint needs (C2SP tlog-policy).</small>
      <input id="policy" type="file"></label>
    <label>Origin of the log <small>Where the keys name none.</small>
      <input id="origin" autocomplete="off" spellcheck="false"></label>
    <label>Known size of the log <small>A number of records that it had when you last looked.</small>
      <input id="size" inputmode="numeric" autocomplete="off"></label>
  </details>
  <button id="verify">Verify</button>
</form>
<div id="report" role="status"></div>
</main>
<script type="module" id="program">/*SCRIPT*/</script>
</html>
`;

const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** The page around the text of the verifier. */
export function makePage(verifier) {
  if (/<\/script|<!--/i.test(verifier)) throw new Error('the verifier would end its own script');
  const script = SCRIPT.replace('/*VERIFIER*/', () => verifier);
  return PAGE.replace('/*STYLE-HASH*/', () => hashOf(STYLE))
    .replace('/*SCRIPT-HASH*/', () => hashOf(script))
    .replace('/*STYLE*/', () => STYLE)
    .replace('/*SCRIPT*/', () => script);
}

const here = (name) => new URL(name, import.meta.url);
if (process.argv[1] === here('page.mjs').pathname) {
  writeFileSync(here('verify.html'), makePage(readFileSync(here('verify.mjs'), 'utf8')));
}
