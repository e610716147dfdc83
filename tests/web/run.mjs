// The browser edition in a headless Chromium: run.mjs PAGE ORRERY [FILTER]
//
// PAGE is the built folder, ORRERY the native program that it is compared with. Prints one line a test and
// closes with "web: N passed, N failed, N skipped"; exit status 1 when one failed, 77 when there is no browser.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { pathToFileURL } from 'node:url';
import { serve } from '../../scripts/web_serve.mjs';
import { Browser, chromium, sleep } from './browser.mjs';

const [folder, native, filter = ''] = process.argv.slice(2);
if (!chromium()) { console.log('web: no Chromium on this machine'); process.exit(77); }

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-web-'));
const home = { ...process.env, XDG_CONFIG_HOME: scratch, XDG_STATE_HOME: scratch };
const orrery = (...words) => execFileSync(path.resolve(native), words, { cwd: scratch, env: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const panels = JSON.parse(orrery('list', '--json')).filter(item => item.picture).map(item => item.id);

const server = await serve(folder), address = s => `http://127.0.0.1:${s.address().port}/`;
const base = address(server);
const plain_server = await serve(folder, 0, () => {}, false), plain = address(plain_server);  // no threads there
const browser = await Browser.start();

const tests = [];
const test = (name, body) => tests.push({ name, body });
function check(truth, what) { if (!truth) throw new Error(what); }
class Skip extends Error {}
const same = (a, b, what) => check(a === b, `${what}: is ${JSON.stringify(a)}, wanted ${JSON.stringify(b)}`);

// A page of its own, whose errors and requests are looked at afterwards.
async function on(link, body, options = {}) {
  const page = await browser.page(options);
  try {
    const from = options.base ?? base;
    await page.go(from + '#' + link);
    await body(page);
    check(page.errors.length === 0, 'the console says: ' + page.errors.join(' | '));
    const elsewhere = page.requests.filter(url => !/^(data|blob|about):/.test(url) && !url.startsWith(from.startsWith('file:') ? 'file:' : from));
    check(elsewhere.length === 0, 'asked elsewhere: ' + elsewhere.join(' '));
  } finally {
    await page.close();
  }
}

//--- the same pictures
const unescape = text => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;|&#39;/g, "'").replace(/&amp;/g, '&');
// Every text of a canvas, in the order it was recorded.
const texts_of = svg => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(found => unescape(found[1]));
function compare_texts(web, link, lang) {
  const file = path.join(scratch, 'native.svg');
  orrery('shot', link, '-o', file, '--lang', lang);
  const ours = texts_of(web), theirs = texts_of(fs.readFileSync(file, 'utf8'));
  const first = theirs.findIndex((text, i) => ours[i] !== text);
  check(first < 0 && ours.length === theirs.length,
    `${link} ${lang}: text ${first} of ${theirs.length} is “${ours[first]}”, natively “${theirs[first]}”`);
}
let shared = null;  // one page draws them all
const with_shared = async body => {
  if (!shared) { shared = await browser.page(); await shared.go(base); }
  await body(shared);
};
for (const id of panels)
  test(`${id}: draws, every text as natively, in both languages`, () => with_shared(async page => {
    for (const lang of ['en', 'zh']) {
      const svg = await page.value(`orrery.svg(${JSON.stringify(id)}, '${lang}', 'dark')`);
      check(!svg.startsWith('error:'), svg);
      compare_texts(svg, id, lang);
    }
    check(page.errors.length === 0, 'the console says: ' + page.errors.splice(0).join(' | '));
  }));
test('a link with knobs, time and language draws as natively', () => with_shared(async page => {
  for (const link of ['attention/scaled_dot_product?causal=true&d=6&text=we%20see%20what%20came%20before&t=3', 'norm/layer_norm?lang=zh&t=2'])
    compare_texts(await page.value(`orrery.svg(${JSON.stringify(link)}, '', 'light')`), link, link.includes('zh') ? 'zh' : 'en');
}));

for (const [lang, file] of [['en', 'next_token.txt'], ['zh', 'next_token.zh.txt']])
  test(`every stop of the path draws as natively, ${lang}`, () => with_shared(async page => {
    const lines = fs.readFileSync(new URL('../../lessons/paths/' + file, import.meta.url), 'utf8').split('\n');
    const links = [...new Set(lines.filter(line => panels.includes(line.split(/[?#\s]/)[0])).map(line => line.trim()))];
    check(links.length >= 20, `only ${links.length} links in ${file}`);
    for (const link of links)
      compare_texts(await page.value(`orrery.svg(${JSON.stringify(link)}, '${lang}', 'dark')`), link, lang);
  }));

//--- training
for (const [where, from] of [['on threads', base], ['in slices, where the host lets no page have threads', plain]])
  test(`training: losses of 30 steps as natively, within 1e-4, ${where}`, () => on('model/trainer?step=30', async page => {
    same(await page.value('orrery.threads > 0'), from === base, 'threads');
    const file = path.join(scratch, 'losses.csv');
    orrery('shot', 'model/trainer?step=30', '--do', 'export-tensor csv curve.loss ' + file, '-o', path.join(scratch, 'x.svg'));
    const theirs = fs.readFileSync(file, 'utf8').trim().split(/[\n,]/).map(Number);
    await page.until('orrery.state.link.includes("step=30")');
    await page.quiet();
    await page.value('orrery.act("export-tensor csv curve.loss")');
    await page.until('orrery.handed_out.length > 0');
    const ours = (await page.value('orrery.handed_out[0].text')).trim().split(/[\n,]/).map(Number);
    same(ours.length, theirs.length, 'number of losses');
    const worst = Math.max(...ours.map((loss, i) => Math.abs(loss - theirs[i])));
    console.log(`    largest difference ${worst.toExponential(1)} of losses from ${theirs[0]} to ${theirs.at(-1)}`);
    check(worst <= 1e-4 && ours.every(Number.isFinite), 'largest difference ' + worst);
  }, { base: from }));
// A figure of this machine at this hour, so it is reported and never fails a build.
test('training: runs while the page stays alive, aim 5 steps a second, at 4 layers, 4 heads, width 128, context 64, batch 12', () =>
  on('model/trainer?layers=4&heads=4&width=128&context=64&batch=12', async page => {
    await page.quiet();
    await page.value('orrery.act("run")');
    const step = () => page.value('Number(/step=(\\d+)/.exec(orrery.state.link)?.[1] ?? 0)');
    while (await step() < 3) await sleep(200);
    let best = 0;
    for (let i = 0; i < 4 && best < 5; ++i) {
      const from = await step(), time = performance.now();
      await sleep(4000);
      const a_second = (await step() - from) / (performance.now() - time) * 1000;
      console.log(`    ${a_second.toFixed(1)} steps/s`);
      best = Math.max(best, a_second);
    }
    await page.value('orrery.act("stop")');
    check(best > 0, 'no step was made');
    if (best < 5) throw new Skip(`the aim is not reached here: ${best.toFixed(1)} steps/s`);
  }));

//--- starting
test('the page is at most 3 MB before the first picture, and there within 3 s', async () => {
  let best = Infinity, bytes = 0;
  for (let i = 0; i < 3 && best > 3000; ++i)
    await on('attention/scaled_dot_product', async page => {
      await page.until('orrery.first_picture > 0');
      best = Math.min(best, await page.value('orrery.first_picture'));
      const files = new Set(page.requests.filter(url => url.startsWith(base)).map(url => new URL(url).pathname));
      bytes = [...files].reduce((sum, file) => sum + zlib.gzipSync(fs.readFileSync(path.join(folder, file === '/' ? 'index.html' : decodeURIComponent(file))), { level: 9 }).length, 0);
    });
  console.log(`    ${(bytes / 1e6).toFixed(2)} MB (gzip -9), first picture after ${Math.round(best)} ms`);
  check(bytes <= 3e6, `${bytes} bytes`);
  check(best <= 3000, `${best} ms`);
});
test('no frames while nothing changes', () => on('norm/layer_norm', async page => {
  await page.quiet();
  const frames = 'orrery.state.frames';
  const before = await page.value(frames);
  await sleep(2000);
  same(await page.value(frames), before, 'frames');
}));
test('opened from a disk it draws too', () => on('attention/scaled_dot_product', async page => {
  await page.until('orrery.first_picture > 0');
}, { base: pathToFileURL(path.join(path.resolve(folder), 'index.html')).href }));

//--- links and what is kept
test('a link round-trips: opened, changed, copied, opened again', () => on('attention/scaled_dot_product?causal=true&d=6', async page => {
  await page.quiet();
  same(await page.value('orrery.state.link'), 'attention/scaled_dot_product?causal=true&d=6', 'link');
  await page.value('orrery.act("set prefix 2")');
  await page.until('location.hash.includes("prefix=2")');
  await page.value('orrery.act("copy-link")');
  await page.until('orrery.copied');
  const link = await page.value('orrery.copied'), words = await page.value('orrery.words()');
  await on(link, async other => {
    await other.quiet();
    same(await other.value('orrery.state.link'), link, 'link of the second page');
    same(await other.value('orrery.words()'), words, 'words');
  });
}));
test("the browser's Back returns to the picture before", () => on('norm/layer_norm', async page => {
  await page.quiet();
  await page.value('orrery.act("open attention/mask")');
  await page.until('location.hash === "#attention/mask"');
  await page.value('history.back()');
  await page.until('orrery.state.component === "norm/layer_norm"');
  await page.value('history.forward()');
  await page.until('orrery.state.component === "attention/mask"');
}));
test('an unknown component shows the gallery and says so', () => on('no/such_thing', async page => {
  await page.until('orrery.regions().some(r => r.id.startsWith("note."))');
  same(await page.value('orrery.state.component'), '', 'component');
}));
test('settings and progress survive a reload', () => on('norm/layer_norm', async page => {
  await page.quiet();
  await page.value('orrery.act("theme light"), orrery.act("language zh")');
  await page.until('/"dark": false/.test(localStorage.getItem("orrery.settings")) && /zh/.test(localStorage.getItem("orrery.settings"))');
  await page.go(base + '#norm/layer_norm');
  await page.send('Page.reload');
  await sleep(300);
  await page.until('window.orrery && orrery.ready');
  same(await page.value('orrery.state.dark'), false, 'dark');
  same(await page.value('orrery.state.language'), 'zh', 'language');
  await page.value('localStorage.clear()');
}));

//--- hands
test('a lesson advances', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  const before = await page.value('orrery.words()');
  await page.click_region('lesson.next');
  await page.quiet();
  await page.click_region('lesson.next');
  await page.quiet();
  await page.click_region('lesson.next');
  await page.quiet();
  check(await page.value('localStorage.getItem("orrery.progress") !== null') ||
    await page.value('orrery.words()') !== before, 'nothing moved');
  await page.until('/scaled_dot_product/.test(localStorage.getItem("orrery.progress"))');
}));
test('Chinese typed with an input method arrives', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  await page.click_region('text');
  await page.until('document.activeElement.id === "field"');
  await page.send('Input.imeSetComposition', { text: 'wo ai', selectionStart: 5, selectionEnd: 5 });
  await page.type('我爱北京天安门');
  await page.press('Enter');
  await page.until('decodeURIComponent(orrery.state.link).includes("我爱北京天安门")');
  await page.quiet();
  check((await page.value('orrery.words()')).includes('“我”'), 'its characters are not in the picture');
}));
test('Chinese pasted arrives', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  await browser.send('Browser.grantPermissions', { origin: base, permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'] });
  await page.value('navigator.clipboard.writeText("床前明月光")').catch(() => {});
  await page.click_region('text');
  await page.until('document.activeElement.id === "field"');
  await page.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'v', code: 'KeyV', windowsVirtualKeyCode: 86, modifiers: 2, commands: ['paste'] });
  await page.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'v', code: 'KeyV', windowsVirtualKeyCode: 86, modifiers: 2 });
  await page.until('document.getElementById("field").value.includes("床前明月光")');
  await page.press('Enter');
  await page.until('decodeURIComponent(orrery.state.link).includes("床前明月光")');
}));
test('a character that the first fonts lack brings the whole Chinese font', () => on('', async page => {
  await page.quiet(60000);
  await page.value('orrery.act("open attention/scaled_dot_product?text=" + encodeURIComponent("龘 龜 驫"))');
  await page.until('orrery.more_fonts', 60000);
  await page.quiet();
}));
test('keys: search, language, presenter; the text field keeps its own', () => on('norm/layer_norm', async page => {
  await page.quiet();
  await page.press('k', 'KeyK', 2);
  await page.until('document.activeElement.id === "field"');
  await page.type('scaled_dot_product');
  await page.press('Enter');
  await page.until('orrery.state.component === "attention/scaled_dot_product"');
  await page.press('F8', 'F8');
  await page.until('orrery.state.language === "zh"');
  await page.press('P', 'KeyP', 8, 'P');
  await page.until('orrery.state.presenting');
  await page.press('Escape', 'Escape');
  await page.until('!orrery.state.presenting');
}));
test('a file of the reader is opened, exports are handed out', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  await page.value('orrery.bring(new File(["tea or coffee"], "mine.txt"))');
  await page.until('decodeURIComponent(orrery.state.link).includes("tea or coffee")');
  await page.quiet();
  for (const kind of ['csv', 'npy', 'safetensors', 'svg', 'png']) await page.value(`orrery.act("export ${kind}")`);
  await page.until('orrery.handed_out.length === 5');
  const sizes = await page.value('orrery.handed_out.map(f => [f.name, f.size])');
  for (const [name, size] of sizes) check(size > 5, `${name} has ${size} bytes`);
}));
test('the large text field has a button that opens a file', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  await page.value('orrery.act("edit-text text")');
  await page.until('orrery.state.editor');
  await page.quiet();
  // what the chooser is told, caught before it opens
  await page.value('HTMLInputElement.prototype.click = function () { orrery.chosen = this; }');
  const { x, y } = await page.region('editor.choose');
  await page.touch('touchStart', [x, y]);
  await page.touch('touchEnd');
  await page.until('orrery.chosen?.type === "file"');
  await page.value('orrery.bring(new File(["one line\\nand 第二行"], "lines.txt"))');
  await page.until('orrery.state.field?.content === "one line\\nand 第二行"');
  await page.value('orrery.act("editor-use")');
  await page.until('decodeURIComponent(orrery.state.link).includes("第二行")');
}));
test('touch: a tap hovers, a long press locks, two fingers zoom', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  const { x, y } = await page.region('cells.weights');
  await page.touch('touchStart', [x, y]);
  await page.touch('touchEnd');
  await sleep(200);
  check(!(await page.value('orrery.state.link')).includes('sel='), 'a tap locked');
  await page.touch('touchStart', [x, y]);
  await sleep(700);
  await page.touch('touchEnd');
  await page.until('orrery.state.link.includes("sel=")');
  await page.touch('touchStart', [x - 10, y], [x + 10, y]);
  for (const d of [20, 30, 40]) await page.touch('touchMove', [x - d, y], [x + d, y]);
  await page.touch('touchEnd');
  await page.until('orrery.state.link.includes("view=")');
}, { touch: true }));
test('a screen of 400 × 800 shows the program, not a refusal', () => on('attention/scaled_dot_product', async page => {
  await page.quiet();
  check(await page.value('orrery.regions().some(r => r.id === "picture")'), 'there is no picture');
}, { width: 400, height: 800, ratio: 2, touch: true }));
test('the picture in words is there for those who do not see it', () => on('attention/mask', async page => {
  await page.quiet();
  await page.until('document.getElementById("words").textContent.length > 40');
  same(await page.value('document.getElementById("words").getAttribute("aria-live")'), 'polite', 'aria-live');
}));

let passed = 0, failed = 0, skipped = 0;
for (const { name, body } of tests) {
  if (filter && !name.includes(filter)) continue;
  try {
    await body();
    ++passed;
    console.log('ok      ' + name);
  } catch (error) {
    if (error instanceof Skip) {
      ++skipped;
      console.log(`skipped ${name}\n    ${error.message}`);
      continue;
    }
    ++failed;
    console.log(`FAILED  ${name}\n    ${error.message}`);
  }
}
console.log(`web: ${passed} passed, ${failed} failed, ${skipped} skipped`);
await browser.end();
server.close(), plain_server.close();
fs.rmSync(scratch, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
