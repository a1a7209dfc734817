import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.js';
import { formatTable } from './table.js';

describe('what reaches a terminal', () => {
  it('has the control characters of others escaped in cells', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(formatTable([{ title: 'x' }], [[text]]).split('\n')).toHaveLength(3);
      }),
    );
    expect(formatTable([{ title: 'x' }], [['a\u001b[2Jb']])).toContain('a\\x1b[2Jb');
  });

  it('lines up, and cuts what is too long', () => {
    const table = formatTable(
      [
        { title: 'call', align: 'right' },
        { title: 'why', maxWidth: 5 },
      ],
      [
        ['1', 'short'],
        ['10', 'much too long'],
      ],
    );
    expect(table.split('\n')).toEqual(['call  why', '────  ─────', '   1  short', '  10  much…']);
  });

  it('puts every cell under its title, whatever the widths', () => {
    const cell = fc.stringMatching(/^[a-z0-9]{1,20}$/);
    const align = fc.constantFrom('left' as const, 'right' as const);
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 });
    fc.assert(
      fc.property(rows, align, (cells, side) => {
        const columns = ['first', 'second', 'third'].map((title) => ({ title, align: side }));
        const [titles = '', rule = '', ...lines] = formatTable(columns, cells).split('\n');
        expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual(cells);
        expect(titles.trim().split(/ {2,}/)).toEqual(['first', 'second', 'third']);
        const starts = rule.split('  ').map((bar) => bar.length);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(rule.length);
        expect(starts).toHaveLength(3);
      }),
    );
  });

  it('shows progress only where somebody is looking', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    createProgress('x', stream).update(1, 2);
    expect(written).toEqual([]);
    createProgress('x', { ...stream, isTTY: true }).update(1, 2);
    expect(written.join('')).toContain('50 %  1/2');
  });
});
