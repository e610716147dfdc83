// A headless Chromium, spoken to over a pipe in the DevTools protocol: nothing to install but the browser
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const chromium = () => ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find(file => fs.existsSync(file));

export const sleep = ms => new Promise(done => setTimeout(done, ms));

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-web-'));
    browser.process = spawn(chromium(), [
      '--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--remote-debugging-pipe',
      '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--no-default-browser-check', '--lang=en-US',
      `--user-data-dir=${browser.profile}`, 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.next = 1;
    browser.waiting = new Map();
    browser.pages = new Map();
    let rest = '';
    browser.process.stdio[4].on('data', data => {
      const parts = (rest + data).split('\0');
      rest = parts.pop();
      for (const part of parts) browser.heard(JSON.parse(part));
    });
    browser.ended = new Promise(done => browser.process.on('exit', done));
    browser.ended.then(() => { for (const { failed } of browser.waiting.values()) failed(new Error('the browser ended')); });
    return browser;
  }
  heard(message) {
    const waiting = this.waiting.get(message.id);
    if (waiting) {
      this.waiting.delete(message.id);
      if (message.error) waiting.failed(new Error(message.error.message));
      else waiting.done(message.result);
    } else if (message.method) {
      this.pages.get(message.sessionId)?.event(message.method, message.params);
    }
  }
  send(method, params = {}, sessionId = undefined) {
    const id = this.next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
  }
  async page({ width = 1280, height = 720, ratio = 1, touch = false } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    this.pages.set(sessionId, page);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(domain + '.enable');
    await page.size(width, height, ratio, touch);
    return page;
  }
  async end() {
    this.send('Browser.close').catch(() => {});
    await Promise.race([this.ended, sleep(3000)]);
    this.process.kill('SIGKILL');
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

class Page {
  constructor(browser, session, target) {
    Object.assign(this, { browser, session, target, errors: [], requests: [] });
  }
  send(method, params) { return this.browser.send(method, params, this.session); }
  event(method, p) {
    if (method === 'Runtime.exceptionThrown') this.errors.push(p.exceptionDetails.exception?.description || p.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(p.type))
      this.errors.push(p.args.map(a => a.value ?? a.description).join(' '));
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(p.entry.level) &&
        !/GPU stall due to ReadPixels/.test(p.entry.text)) this.errors.push(p.entry.text);
    if (method === 'Network.requestWillBeSent') this.requests.push(p.request.url);
  }
  size(width, height, ratio = 1, touch = false) {
    return Promise.all([
      this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: ratio, mobile: touch }),
      this.send('Emulation.setTouchEmulationEnabled', { enabled: touch }),
    ]);
  }
  async go(url) {
    await this.send('Page.navigate', { url });
    await this.until('window.orrery && orrery.ready', 60000);
  }
  // The value of an expression, which may be a promise.
  async value(expression) {
    const { result, exceptionDetails: e } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (e) throw new Error(e.exception?.description || e.text);
    return result.value;
  }
  async until(expression, patience = 20000) {
    const end = Date.now() + patience;
    for (;;) {
      if (await this.value(expression).catch(() => false)) return;
      if (Date.now() > end) throw new Error('never came: ' + expression);
      await sleep(50);
    }
  }
  // Until nothing is computed and two looks give the same.
  async quiet(patience = 30000) {
    const end = Date.now() + patience;
    let before = -1;
    for (;;) {
      const { frames, busy } = await this.value('({ frames: orrery.state.frames, busy: orrery.state.busy })');
      if (!busy && frames === before) return;
      if (Date.now() > end) throw new Error('the page does not come to rest');
      before = frames;
      await sleep(250);
    }
  }
  async picture(file) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    if (file) fs.writeFileSync(file, Buffer.from(data, 'base64'));
    return Buffer.from(data, 'base64');
  }
  async region(id) {
    const r = await this.value(`(() => { const r = orrery.regions().find(r => r.id === ${JSON.stringify(id)}); return r && { ...r, x: (r.x + r.w / 2) / devicePixelRatio, y: (r.y + r.h / 2) / devicePixelRatio }; })()`);
    if (!r) throw new Error('the window has no region ' + id);
    return r;
  }
  async mouse(x, y, type = 'mouseMoved', more = {}) {
    await this.send('Input.dispatchMouseEvent', { type, x, y, ...more });
  }
  async click(x, y) {
    await this.mouse(x, y);
    await this.mouse(x, y, 'mousePressed', { button: 'left', clickCount: 1 });
    await this.mouse(x, y, 'mouseReleased', { button: 'left', clickCount: 1 });
    await sleep(60);
  }
  async click_region(id) {
    const { x, y } = await this.region(id);
    await this.click(x, y);
  }
  async touch(type, ...points) {
    await this.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  }
  async press(key, code = key, modifiers = 0, text = undefined) {
    const keys = { Enter: 13, Escape: 27, Tab: 9 };
    const common = { key, code, modifiers, windowsVirtualKeyCode: keys[key] ?? key.toUpperCase().charCodeAt(0) };
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...common });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
    await sleep(60);
  }
  type(text) { return this.send('Input.insertText', { text }); }
  async close() {
    await this.browser.send('Target.closeTarget', { targetId: this.target });
    this.browser.pages.delete(this.session);
  }
}
