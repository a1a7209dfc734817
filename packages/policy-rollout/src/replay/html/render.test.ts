import { existsSync } from 'node:fs';
import { sha256, toBase64 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { RecordedDecision } from '../recorded.js';
import { comparePolicies } from '../replay.js';
import { bundleOf, request } from '../test-log.js';
import { escapeHtml } from './escape.js';
import { renderDiff } from './render.js';

const HOSTILE = [
  '<img src=x onerror="window.hit=1">',
  '</code></details></main><script>window.hit=1</script>',
  '"><svg onload=window.hit=1>',
  "' onmouseover='window.hit=1",
  '</title><script>window.hit=1</script>',
  '<a href="javascript:window.hit=1">approve this</a>',
  '<style>body{display:none}</style><meta http-equiv=refresh content=0>',
  'safe\u202e\u200b\u2066evil\u0000\u001b[2J',
] as const;

/** Every place of a report that text of others reaches, filled with one text. */
async function hostilePage(text: string): Promise<string> {
  const name = text.replace(/[^!-~]/g, '').slice(0, 60);
  const rule = { rule_id: name, when: 'args.note != ""', rationale: text };
  const head = { policy_id: name, version: '1.0' };
  const decision = (tool: string, missing?: RecordedDecision['missing']): RecordedDecision => ({
    id: text,
    traceId: text,
    tenant: text,
    service: 'sf_govern',
    control: 'tool_call',
    tool,
    ...(missing === undefined ? { request: request({ tool, args: { note: text } }) } : { missing }),
  });
  const report = await comparePolicies(
    [decision(text), decision(text, { reason: 'withheld', missing: [text] })],
    {
      baseline: bundleOf([{ ...rule, action: 'block' }], head),
      candidate: bundleOf([{ ...rule, action: 'redact', redact: [{ path: 'args.note' }] }], head),
    },
  );
  expect(report.counts).toMatchObject({ looser: 1, not_replayable: 1 });
  return renderDiff(report);
}

describe('the HTML report', () => {
  it('is one page with nothing beside it and nothing that runs', async () => {
    const page = await hostilePage('plain');
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
    expect(page).toContain(`style-src 'sha256-${toBase64(sha256(style))}'`);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|\shref=|\ssrc=|\sstyle=|url\(|@import|https?:/);
    expect(page).toContain('1 decision becomes looser.');
  });

  it('has no markup and nothing hidden in the text of others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const shown = escapeHtml(text);
        expect(shown).not.toMatch(/[<>"'`\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(shown).not.toMatch(/&(?!(amp|lt|gt|quot|#39|#96);)/);
      }),
    );
    expect(escapeHtml('a\u202eb\\\u001b')).toBe('a\\u202eb\\\\\\x1b');
    expect(escapeHtml('x'.repeat(500))).toHaveLength(401);
  });

  it.each(HOSTILE)('keeps %j inert', async (text) => {
    const page = await hostilePage(text);
    expect(page).not.toContain(text);
    expect(page).not.toMatch(/<(script|img|a|iframe|object|form)\b/);
    // Newlines are ours.
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

/** Runs in the page. */
const LOOK = `({
  hit: window.hit,
  elements: document.querySelectorAll('script,img,a,iframe,form,object').length,
  columns: getComputedStyle(document.querySelector('.tiles')).display,
  text: document.body.innerText,
})`;
/** Tables may scroll, the page may not; names stay readable. */
const NARROW = `({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  firstColumn: Math.min(...[...document.querySelectorAll('.wide td:first-child')].map((one) => one.clientWidth)),
})`;
const CHROMIUM = '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) console.warn(`No ${CHROMIUM}. Skipped: the report in a real browser.`);

/** The numbers that can be read: of each tile, and of each row of the tables. */
const NUMBERS = `({
  tiles: [...document.querySelectorAll('.tiles li')].map((one) => one.innerText.split('\\n').filter((text) => text !== '')),
  rows: [...document.querySelectorAll('.wide tbody tr')].map((one) => [...one.cells].slice(0, 5).map((cell) => cell.innerText)),
  opened: [...document.querySelectorAll('details')].length,
})`;

describe.skipIf(!existsSync(CHROMIUM))('the HTML report in a browser', () => {
  it('shows the numbers of its report', async () => {
    const rule = { rule_id: 'limit', action: 'block' };
    const [baseline, candidate] = [10, 20].map((n) =>
      bundleOf([{ ...rule, when: `args.n > ${n}` }]),
    );
    if (baseline === undefined || candidate === undefined) throw new Error('two bundles');
    const decisions = Array.from(
      { length: 30 },
      (_, n): RecordedDecision => ({
        ...{
          id: `d${n}`,
          traceId: 't',
          tenant: 'acme',
          service: 'sf_govern',
          control: 'tool_call',
        },
        tool: n % 2 === 0 ? 'pay' : 'look',
        request: request({ tool: n % 2 === 0 ? 'pay' : 'look', args: { n } }),
      }),
    );
    const report = await comparePolicies(decisions, { baseline, candidate });
    const { looser, stricter, same, not_replayable } = report.counts;
    expect([looser, stricter, same, not_replayable]).toEqual([10, 0, 20, 0]);
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
    try {
      const page = await browser.newPage();
      await page.setContent(renderDiff(report));
      expect(await page.evaluate(NUMBERS)).toEqual({
        tiles: [
          ['30', 'decisions'],
          ['10', 'looser'],
          ['0', 'stricter'],
          ['0', 'not replayable'],
          ['20', 'same'],
        ],
        rows: [
          ['limit', '10', '0', '0', '9'],
          ['look', '5', '0', '0', '10'],
          ['pay', '5', '0', '0', '10'],
          ['acme', '10', '0', '0', '20'],
        ],
        opened: 10,
      });
    } finally {
      await browser.close();
    }
  });

  it('runs nothing, fetches nothing, and shows hostile text as text', async () => {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
    try {
      for (const text of HOSTILE) {
        const page = await browser.newPage();
        const asked: string[] = [];
        const violations: string[] = [];
        page.on('request', ({ url }) => asked.push(url()));
        page.on('console', (message) => violations.push(message.text()));
        page.on('dialog', (dialog) => dialog.dismiss());
        await page.setContent(await hostilePage(text));
        await page.locator('summary').first().click();
        await page.mouse.move(200, 200);
        const seen = await page.evaluate<Record<string, unknown>>(LOOK);
        expect(seen).toMatchObject({ hit: undefined, elements: 0, columns: 'grid' });
        expect(seen.text).not.toMatch(/[\u202e\u200b\u2066]/);
        if (text.startsWith('<img')) expect(seen.text).toContain(text);
        expect(asked).toEqual([]);
        expect(violations).toEqual([]);
        await page.setViewportSize({ width: 390, height: 800 });
        const narrow = await page.evaluate<Record<string, number>>(NARROW);
        expect(narrow.overflow).toBe(0);
        expect(narrow.firstColumn).toBeGreaterThan(100);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
