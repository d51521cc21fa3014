/** The page's style. Contrast of text is at least 4.5 in both schemes; verdicts are told by words, colour only helps. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#faf8f4;--ink:#1d1b18;--dim:#5d5850;--rule:#ddd6c9;--gold:#8a6414;--saves:#1c6b3f;--costs:#a3301f;--none:#66615a;--bar:#b89347}
@media (prefers-color-scheme:dark){:root{--paper:#171613;--ink:#ece7dc;--dim:#aaa294;--rule:#3a372f;--gold:#d8ac4c;--saves:#6cc492;--costs:#f0907f;--none:#a8a194;--bar:#a5813a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.25rem clamp(1rem,4vw,2.5rem) 4rem;max-width:66rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.15rem;margin:2.4rem 0 .4rem;border-top:1px solid var(--rule);padding-top:1.2rem}
p{margin:.5rem 0;max-width:46rem}
.dim,caption,figcaption{color:var(--dim)}
.notice{border-left:4px solid var(--gold);padding:.4rem .9rem;margin:1rem 0}
figure{margin:1rem 0}
figure>svg{width:100%;max-width:46rem;height:auto;display:block}
svg text{font:10.5px system-ui,sans-serif;fill:var(--ink)}
svg .tick{fill:var(--dim);font-size:9.5px;font-variant-numeric:tabular-nums}
@media (max-width:40rem){svg text{font-size:14px}svg .tick{font-size:13px}}
.grid{stroke:var(--rule)}.grid.zero{stroke:var(--dim)}
.whisker{stroke-width:2;stroke:var(--none);stroke-linecap:round}.whisker.thin{stroke-width:1.2;stroke:var(--ink)}
.dot{fill:var(--none)}
.whisker.saves{stroke:var(--saves)}.dot.saves{fill:var(--saves)}.whisker.costs{stroke:var(--costs)}.dot.costs{fill:var(--costs)}
.bar{fill:var(--bar)}.level{stroke:var(--ink);stroke-dasharray:5 4}
.cell{fill:color-mix(in srgb,var(--bar) calc(var(--share)*75%),transparent);stroke:var(--rule)}
svg .count{fill:var(--ink)}
.line{fill:none;stroke-width:1.4}
.tone0{stroke:#b07d1a}.tone1{stroke:#2b7fb8}.tone2{stroke:#3f9463}.tone3{stroke:#b9513f}.tone4{stroke:#8a66b5}.tone5{stroke:#4d8f91}.tone6{stroke:#a35a8a}.tone7{stroke:#7d7768}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;padding:0;margin:.3rem 0;list-style:none;font-size:.9rem}
.legend svg{width:1.4rem;height:.7rem;display:inline-block;vertical-align:middle;margin-right:.35rem}
.scroll{overflow-x:auto;margin:.8rem 0}
.scroll:focus-visible{outline:2px solid var(--gold);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.2rem 0 .5rem}
th,td{padding:.35rem .7rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);white-space:nowrap}
th{font-weight:600}tbody th,thead th:first-child{position:sticky;left:0;background:var(--paper)}thead th{color:var(--dim);font-weight:500}
.n{text-align:right}
.word{font-weight:700}.word.saves{color:var(--saves)}.word.costs{color:var(--costs)}.word.none{color:var(--none)}
details{margin:.8rem 0}summary{cursor:pointer}
@media print{body{max-width:none}}
`;
