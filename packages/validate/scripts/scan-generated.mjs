// Scans generated JSONL as a stream and prints what it took. Build the package first.
//   node --max-old-space-size=64 scripts/scan-generated.mjs 1024
import { scanDatasetCompliance } from '../dist/index.js';

const megabytes = Number(process.argv[2] ?? 96);
const text =
  'The claim was opened after the storm, the adjuster visited the house and noted water in two rooms; ' +
  'the policy covers such damage up to the insured sum, and the customer was told the same day. ';

/** Records as they come, none kept. */
async function* chunks() {
  let bytes = 0;
  for (let at = 0; bytes < megabytes * 1_000_000; ) {
    let chunk = '';
    for (let one = 0; one < 300; one += 1, at += 1) {
      const record = { id: at, text: text.repeat(3), consent: at % 7 !== 0, source: 'claims' };
      chunk += `${JSON.stringify(at % 50 === 0 ? { ...record, contact: `c${at}@example.org` } : record)}\n`;
    }
    const encoded = new TextEncoder().encode(chunk);
    bytes += encoded.length;
    yield encoded;
  }
}

const began = performance.now();
let read = 0;
const report = await scanDatasetCompliance(
  { name: 'generated', format: 'jsonl', chunks: chunks() },
  {
    onProgress: (bytes) => {
      read = bytes;
    },
  },
);
const seconds = (performance.now() - began) / 1000;
console.log(
  JSON.stringify({
    bytes: read,
    records: report.dataset.records,
    status: report.status,
    findings: report.findings,
    seconds: Number(seconds.toFixed(1)),
    mb_per_second: Number((read / 1e6 / seconds).toFixed(1)),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
