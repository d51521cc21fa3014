import { openChromium } from './chromium.ts';
import { extremeSource, failingSource, hugeSource } from './fixture-extremes.ts';
import { fixtureSource } from './fixture-source.ts';
import { DESK, lookAt, PHONE } from './looked-at.ts';
import { FIXTURE_TOKEN, serveFixture } from './serve-fixture.ts';

const [which, ...hashes] = process.argv.slice(2);
const source =
  which === 'extreme'
    ? extremeSource()
    : which === 'huge'
      ? hugeSource()
      : which === 'failing'
        ? failingSource()
        : fixtureSource({ mood: which as 'calm' });
const s = await serveFixture(source);
const b = await openChromium();
for (const size of [DESK, PHONE]) {
  const l = await lookAt(b, s.url, { token: FIXTURE_TOKEN, size });
  for (const h of hashes) {
    await l.page.evaluate(`location.hash=${JSON.stringify(h)}`);
    await l.page.waitForTimeout(2500);
    console.log(
      size.width,
      h,
      await l.page.evaluate(
        `(() => { const out=[]; const w=document.documentElement.clientWidth; for (const e of document.querySelectorAll('body *')) { const r=e.getBoundingClientRect(); if (r.right > w+1 || r.left < -1) { let p=e.parentElement, clipped=false; while(p){ const o=getComputedStyle(p).overflowX; if(o!=='visible'){clipped=true;break;} p=p.parentElement;} if(!clipped) out.push(e.tagName+'.'+(e.getAttribute('class')||'')+' '+Math.round(r.left)+'..'+Math.round(r.right)); } } return {over: document.documentElement.scrollWidth-w, bones: [...document.querySelectorAll('.bones')].map(e=>e.textContent+' in '+e.closest('section,main')?.className), out: out.slice(0,12)}; })()`,
      ),
    );
    await l.page.screenshot({ path: `/tmp/bx/${which}-${size.width}-${h.replace(/\W+/g, '_')}.png` });
  }
  console.log(l.wrong.map((w) => w.slice(0, 300)));
  await l.context.close();
}
await b.close();
await s.close();
process.exit(0);
