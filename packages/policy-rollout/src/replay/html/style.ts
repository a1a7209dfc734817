/** The whole look of a report: no font, picture or script from anywhere. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#16202c;--dim:#5b6876;--line:#d9e0e7;--page:#f5f7f9;--card:#fff;
--same:#8593a1;--stricter:#1f6feb;--looser:#c62f2f;--open:#a36200;
--o0:#9db4c0;--o1:#5b8fb0;--o2:#8b6fc0;--o3:#d9930d;--o4:#b23a48}
@media (prefers-color-scheme:dark){:root{--ink:#e4eaf0;--dim:#97a5b3;--line:#2c3743;--page:#11171d;
--card:#19212a;--same:#8593a1;--stricter:#6aa6ff;--looser:#ff7b72;--open:#e0a33a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:18px;margin:36px 0 10px}
p{margin:6px 0}h1,p,li{overflow-wrap:anywhere}
code,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px;
overflow-wrap:anywhere}
.dim{color:var(--dim)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px}
.verdict{margin:20px 0;border-left:6px solid var(--same);font-size:17px}
.verdict.looser{border-left-color:var(--looser)}
.verdict.stricter{border-left-color:var(--stricter)}
.verdict.open{border-left-color:var(--open)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0;padding:0;
list-style:none}
.tiles b{display:block;font-size:27px;line-height:1.15;font-variant-numeric:tabular-nums}
.tiles .same b{color:var(--same)}.tiles .stricter b{color:var(--stricter)}
.tiles .looser b{color:var(--looser)}.tiles .not_replayable b{color:var(--open)}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--ink);font-size:13px}
svg text.n{fill:var(--dim)}
.o0{fill:var(--o0)}.o1{fill:var(--o1)}.o2{fill:var(--o2)}.o3{fill:var(--o3)}.o4{fill:var(--o4)}
.c-same{fill:var(--same)}.c-stricter{fill:var(--stricter)}.c-looser{fill:var(--looser)}
.c-not_replayable{fill:var(--open)}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-weight:600;color:var(--dim);font-size:13px}
th,td{padding:7px 10px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.zero{color:var(--dim);opacity:.55}
td.n,th.n{width:11%}
td.bar{width:22%;min-width:110px;vertical-align:middle}
td.looser{color:var(--looser);font-weight:600}td.stricter{color:var(--stricter);font-weight:600}
td.not_replayable{color:var(--open)}
.wide{overflow-x:auto}.wide td:first-child{min-width:170px}
details{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:8px 0}
summary{cursor:pointer;padding:10px 14px;display:flex;gap:6px 12px;flex-wrap:wrap;align-items:center}
summary::before{content:"▸";color:var(--dim)}
details[open]>summary::before{content:"▾"}
details[open]>summary{border-bottom:1px solid var(--line)}
summary .id{color:var(--dim);margin-left:auto}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr))}
.sides>section{padding:12px 16px}
.sides>section+section{border-left:1px solid var(--line)}
.sides h3{font-size:13px;margin:0 0 6px;color:var(--dim)}
.sides ul{margin:6px 0;padding-left:18px}
.values{padding:0 16px 12px}
.values th,.values td{padding:4px 10px 4px 0}
.tag{display:inline-block;border-radius:5px;padding:1px 8px;font-size:13px;font-weight:600;color:#fff}
.t0{background:#55707f}.t1{background:#39708f}.t2{background:#6c4fa8}.t3{background:#8d5b00}
.t4{background:#a12f3d}
.quoted{background:var(--page);border:1px solid var(--line);border-radius:4px;padding:0 4px}
@media print{details{break-inside:avoid}}
`;
