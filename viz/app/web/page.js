// The document around the program: events in, frames and wishes out (viz/app/web/window.hpp).
// Nothing is loaded from anywhere but this folder. Opened from a disk (file:), where a browser lets
// no page fetch, the same files come from offline.js.
'use strict';
(() => {
  const $ = id => document.getElementById(id);
  const canvas = $('canvas'), field = $('field'), words = $('words'), message = $('message');
  const stored = {  // files of the program's that the browser keeps
    'orrery.settings': '/home/web_user/.config/orrery/settings.json',
    'orrery.progress': '/home/web_user/.local/state/orrery/progress.json',
  };
  const fonts = ['Inter-Regular.otf', 'Inter-SemiBold.otf', 'JetBrainsMono-Regular.ttf', 'Chinese.ttf', 'Symbols.ttf'];
  const more_fonts = ['wqy-microhei.ttc', 'DejaVuSans.ttf'];  // what the first ones lack, when it is wanted
  let m = null;  // the program
  let ratio = 1, scheduled = false, working = false, timer = 0, editing = null, composing = false;
  let last_link = '', last_component = '', words_timer = 0, link_timer = 0;
  // Where the host does not isolate the page, browsers let no thread share its memory, and everything is done
  // here, between frames.
  const threads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, 8) : 0;
  const clock = () => performance.now() / 1000;

  const fail = text => { message.textContent = text; message.style.display = 'flex'; };

  //--- files
  const from_base64 = async text => {
    const packed = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const on_disk = location.protocol === 'file:';
  const script = name => new Promise((done, failed) => {
    const s = document.createElement('script');
    s.src = name; s.onload = done; s.onerror = () => failed(new Error(name + ' is missing'));
    document.head.append(s);
  });
  const offline = {};  // name of a script: promise
  async function bytes(name, from) {
    if (on_disk) {
      await (offline[from] ||= script(from));
      return from_base64(window.orrery_files[name]);
    }
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(name + ': ' + answer.status);
    return new Uint8Array(await answer.arrayBuffer());
  }

  //--- calls
  const text = (name, ...given) => m.ccall(name, 'string', given.map(g => typeof g), given);
  const call = (name, ...given) => m.ccall(name, 'number', given.map(g => typeof g), given);
  const act = line => { const done = call('orrery_act', line) === 1; wake(); return done; };

  //--- time: a frame when something changed, work between frames, otherwise nothing
  const channel = new MessageChannel();
  channel.port1.onmessage = () => { working = false; pump(); };
  function wake() {
    if (!m || scheduled || working) return;
    working = true;
    channel.port2.postMessage(0);
  }
  // A job that runs on a thread says so often. Where painting takes long, because a processor does it, it is
  // let have a share of the time only; whatever the reader does is painted at once.
  const painting_share = 1 / 5;
  let gl = null, next_news = 0, news_timer = 0;
  function called() {
    const wait = orrery.state.running ? next_news - performance.now() : 0;
    if (wait <= 0) wake();
    else news_timer ||= setTimeout(() => { news_timer = 0; called(); }, Math.min(wait, 50));
  }
  // How long it takes until the frame is painted, looked at without waiting for it.
  function measure_painting() {
    const from = performance.now(), fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    next_news = Infinity;
    gl.flush();
    const look = () => {
      if (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED && performance.now() - from < 2000) { setTimeout(look, 4); return; }
      gl.deleteSync(fence);
      const now = performance.now();
      next_news = now + (now - from) * (1 / painting_share - 1);
    };
    setTimeout(look, 4);
  }
  function pump() {
    if (scheduled) return;
    clearTimeout(timer);
    const patience = call('orrery_tick', clock());
    if (patience < 0) {
      scheduled = true;
      requestAnimationFrame(frame);
    } else if (patience <= 0) {
      wake();
    } else if (patience < 1e8) {
      timer = setTimeout(wake, patience * 1000);
    }
  }
  function frame() {
    scheduled = false;
    call('orrery_frame');
    if (threads && orrery.state.running) measure_painting();
    const state = JSON.parse(text('orrery_state'));
    carry_out(state);
    if (!orrery.first_frame) {
      orrery.first_frame = performance.now();
      message.style.display = 'none';
    }
    if (state.drawn && !orrery.first_picture) orrery.first_picture = performance.now();
    pump();
  }

  //--- what the program wants of the page
  function carry_out(state) {
    orrery.state = state;
    document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en';
    document.body.style.background = state.background;
    if (state.link !== last_link) {
      // Another picture is a place to come back to; a turned knob is not.
      if (state.component !== last_component && here() !== state.link) history.pushState(null, '', '#' + state.link);
      else if (!link_timer) link_timer = setTimeout(say_link, 300);
      last_link = state.link, last_component = state.component;
      document.title = state.component ? state.component + ' — Orrery' : 'Orrery';
    }
    if (state.clipboard) copy(state.clipboard);
    if (state.wants_file) choose_file();
    for (const path of state.files) hand_out(path);
    if (state.saved) keep();
    if (state.wants_fonts) fetch_fonts();
    if (state.full_screen !== !!document.fullscreenElement) {
      if (state.full_screen) document.documentElement.requestFullscreen?.().catch(() => act('full-screen'));
      else document.exitFullscreen?.().catch(() => {});
    }
    lay_field(state);
    if (!words_timer) words_timer = setTimeout(say_words, 700);
  }
  function say_link() {  // browsers allow only so many in a while
    link_timer = 0;
    if (here() !== last_link) history.replaceState(null, '', '#' + last_link);
  }
  function say_words() {
    words_timer = 0;
    if (orrery.state.busy) { words_timer = setTimeout(say_words, 2000); return; }
    const said = text('orrery_words');
    if (words.textContent !== said) words.textContent = said;
  }
  function copy(what) {
    orrery.copied = what;
    const by_hand = () => {
      const area = document.createElement('textarea');
      area.value = what;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
      canvas.focus();
    };
    if (navigator.clipboard?.writeText) navigator.clipboard.writeText(what).catch(by_hand);
    else by_hand();
  }
  function hand_out(path) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const type = { png: 'image/png', svg: 'image/svg+xml', csv: 'text/csv' }[name.split('.').pop()] || 'application/octet-stream';
    const data = m.FS.readFile(path);
    m.FS.unlink(path);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([data], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    orrery.handed_out.push({ name, size: data.length, text: data.length < 1e5 ? new TextDecoder().decode(data) : '' });
  }
  function keep() {
    try {
      for (const [key, path] of Object.entries(stored))
        if (m.FS.analyzePath(path).exists) localStorage.setItem(key, m.FS.readFile(path, { encoding: 'utf8' }));
    } catch { /* a private window keeps nothing */ }
  }
  function put(path, data) {
    m.FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    m.FS.writeFile(path, data);
  }
  let asked_fonts = false;
  async function fetch_fonts() {
    if (asked_fonts) return;
    asked_fonts = true;
    try {
      const all = await Promise.all(more_fonts.map(name => bytes('fonts/' + name, 'offline_fonts.js')));
      more_fonts.forEach((name, i) => put('/fonts/' + name, all[i]));
      call('orrery_fonts_came');
      orrery.more_fonts = true;
      wake();
    } catch (e) {
      console.warn('orrery: the whole Chinese font did not come: ' + e.message);
    }
  }

  //--- the text field: an HTML one, so that input methods and the clipboard work
  function lay_field({ field: f, text_color }) {
    if (!f) {
      if (editing) { editing = null; field.style.display = 'none'; canvas.focus({ preventScroll: true }); }
      return;
    }
    const style = field.style, line = Math.min(f.h, f.size * 1.5);
    const pad = f.multiline ? 6 : Math.max(0, (f.h - line) / 2);
    style.left = f.x / ratio + 'px', style.top = f.y / ratio + 'px';
    style.width = f.w / ratio + 'px', style.height = f.h / ratio + 'px';
    style.padding = `${pad / ratio}px ${(f.search ? 0 : 8)}px`;
    style.fontSize = f.size / ratio + 'px', style.lineHeight = line / ratio + 'px';
    style.color = text_color, style.caretColor = text_color;
    style.overflow = f.multiline ? 'auto' : 'hidden';
    field.className = f.mono ? 'mono' : '';
    field.wrap = f.multiline ? 'soft' : 'off';
    if (editing?.id !== f.id) {
      field.value = f.multiline ? f.content : one_line(f.content);
      style.display = 'block';
      editing = f;
      field.focus({ preventScroll: true });
      field.select();
    }
    editing = f;
  }
  // A field of one line shows newlines as a sign, and they come back.
  const one_line = text => text.replace(/\r\n?|\n/g, '⏎');
  const written = (text, multiline) => multiline ? text : text.replaceAll('⏎', '\n');
  function leave_field() {
    if (!editing) return;
    const { search, multiline } = editing, value = field.value;
    editing = null;
    field.style.display = 'none';
    if (!search) call('orrery_commit', written(value, multiline));
    canvas.focus({ preventScroll: true });
    wake();
  }
  field.addEventListener('input', () => {
    if (!editing) return;
    if (!editing.multiline && field.value.includes('\n')) field.value = one_line(field.value);
    call('orrery_type', written(field.value, editing.multiline));
    wake();
  });
  field.addEventListener('compositionstart', () => { composing = true; });
  field.addEventListener('compositionend', () => { composing = false; });
  field.addEventListener('blur', () => { if (document.hasFocus()) leave_field(); });
  field.addEventListener('keydown', e => {
    if (!editing || composing || e.isComposing || e.keyCode === 229) return;
    const taken = () => { e.preventDefault(); e.stopPropagation(); wake(); };
    if (e.key === 'Enter' && !(editing.multiline && !e.ctrlKey && !e.metaKey)) {
      const { search } = editing, value = field.value;
      if (search) call('orrery_commit', value);
      else {
        const large = editing.multiline;
        leave_field();
        if (large) call('orrery_key', 'Ctrl+Enter');
      }
      taken();
    } else if (e.key === 'Escape') {
      editing = null;
      field.style.display = 'none';
      call('orrery_step_aside');
      canvas.focus({ preventScroll: true });
      taken();
    } else if (e.key === 'Tab') {
      if (!editing.search) leave_field();
      call('orrery_key', e.shiftKey ? 'Shift+Tab' : 'Tab');
      taken();
    } else if (editing.search && (e.key === 'ArrowUp' || e.key === 'ArrowDown')) {
      call('orrery_key', e.key.slice(5));
      taken();
    } else if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
      call('orrery_key', 'Ctrl+K');
      taken();
    }
    e.stopPropagation();
  });

  //--- keys; the browser keeps its own, but for F1, which our own texts name
  const plain = {
    ' ': 'Space', Escape: 'Escape', Enter: 'Enter', Tab: 'Tab', ArrowLeft: 'Left', ArrowRight: 'Right', ArrowUp: 'Up',
    ArrowDown: 'Down', Home: 'Home', End: 'End', PageUp: 'PageUp', PageDown: 'PageDown', F1: 'F1', F2: 'F2', F8: 'F8',
  };
  const by_place = { BracketLeft: '[', BracketRight: ']', Comma: ',', Period: '.' };
  function chord_of(e) {
    let name = plain[e.key] || by_place[e.code];
    if (!name && /^Key[A-Z]$/.test(e.code)) name = /^[a-zA-Z]$/.test(e.key) ? e.key.toUpperCase() : e.code.slice(3);
    if (!name && /^[0-9]$/.test(e.key)) name = e.key;
    if (e.key === '?') return 'F1';
    if (!name || e.altKey) return '';
    const control = e.ctrlKey || e.metaKey;
    if (control && !['K', 'Z', 'Y'].includes(name)) return '';
    return (control ? 'Ctrl+' : '') + (e.shiftKey ? 'Shift+' : '') + name;
  }
  addEventListener('keydown', e => {
    if (!m) return;
    if (e.key === 'Shift') call('orrery_shift', 1), wake();
    const chord = chord_of(e);
    if (!chord) return;
    if (call('orrery_key', chord)) e.preventDefault();
    wake();
  });
  addEventListener('keyup', e => { if (m && e.key === 'Shift') call('orrery_shift', 0), wake(); });
  addEventListener('blur', () => { if (m) call('orrery_shift', 0), wake(); });

  //--- mouse and fingers
  const at = e => [e.offsetX * ratio, e.offsetY * ratio];
  const [MOVE, LEAVE, PRESS, RELEASE, DOUBLE] = [0, 1, 2, 3, 4];
  const [DOWN, MOVED, UP, CANCELLED, HELD] = [0, 1, 2, 3, 4];
  let last_press = -1e9, held_timer = 0;
  canvas.addEventListener('pointerdown', e => {
    if (!m) return;
    canvas.setPointerCapture(e.pointerId);
    if (e.pointerType === 'touch') {
      leave_field();
      call('orrery_touch', DOWN, e.pointerId, ...at(e));
      clearTimeout(held_timer);
      const place = at(e), id = e.pointerId;
      held_timer = setTimeout(() => { call('orrery_touch', HELD, id, ...place); wake(); }, 500);
    } else if (e.button === 0 || e.button === 1) {
      leave_field();
      if (e.button === 0 && e.timeStamp - last_press < 350) call('orrery_pointer', DOUBLE, ...at(e), 0);
      last_press = e.timeStamp;
      call('orrery_pointer', PRESS, ...at(e), e.button === 1 ? 2 : 0);
      if (e.button === 1) e.preventDefault();
    }
    canvas.focus({ preventScroll: true });
    wake();
  });
  canvas.addEventListener('pointermove', e => {
    if (!m) return;
    if (e.pointerType === 'touch') call('orrery_touch', MOVED, e.pointerId, ...at(e));
    else call('orrery_pointer', MOVE, ...at(e), 0);
    wake();
  });
  const up = e => {
    if (!m) return;
    if (e.pointerType === 'touch') {
      clearTimeout(held_timer);
      call('orrery_touch', e.type === 'pointerup' ? UP : CANCELLED, e.pointerId, ...at(e));
    } else {
      call('orrery_pointer', RELEASE, ...at(e), e.button === 1 ? 2 : 0);
    }
    wake();
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', up);
  canvas.addEventListener('pointerleave', e => {
    if (m && e.pointerType !== 'touch') call('orrery_pointer', LEAVE, 0, 0, 0), wake();
  });
  canvas.addEventListener('contextmenu', e => e.preventDefault());
  canvas.addEventListener('wheel', e => {
    if (!m) return;
    e.preventDefault();
    const unit = e.deltaMode === 1 ? 1 / 3 : 1 / 100;
    call('orrery_wheel', ...at(e), -e.deltaX * unit, -e.deltaY * unit, e.ctrlKey ? 1 : 0);
    wake();
  }, { passive: false });

  //--- files that the reader brings
  async function bring(file) {
    const path = '/in/' + file.name.replace(/[\/\s]/g, '_');
    put(path, new Uint8Array(await file.arrayBuffer()));
    const verb = /\.(safetensors|npy)$/.test(path) ? 'in' : /(tokenizer\.json|\.model|\.tiktoken|vocab\.txt)$/.test(path) ? 'tokenizer'
      : orrery.state.editor ? 'editor-file' : 'text-file';
    act(verb + ' ' + path);
  }
  addEventListener('dragover', e => e.preventDefault());
  addEventListener('drop', e => {
    e.preventDefault();
    if (m && e.dataTransfer.files.length) bring(e.dataTransfer.files[0]);
  });
  function choose_file() {
    const input = document.createElement('input');
    input.type = 'file';
    input.onchange = () => input.files.length && bring(input.files[0]);
    input.click();
  }

  //--- the window's size, and links
  function measure() {
    ratio = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(innerWidth * ratio));
    canvas.height = Math.max(1, Math.round(innerHeight * ratio));
    if (m) call('orrery_resize', canvas.width, canvas.height, ratio), wake();
  }
  addEventListener('resize', measure);
  const here = () => location.hash.slice(1);
  addEventListener('popstate', () => {
    if (!m || here() === last_link) return;
    last_link = here();
    act(here() ? 'open ' + here() : 'home');
    last_component = here().split('?')[0];
  });
  document.addEventListener('fullscreenchange', () => {
    if (m && !document.fullscreenElement && orrery.state.full_screen) act('full-screen');
  });
  canvas.addEventListener('webglcontextlost', e => { e.preventDefault(); location.reload(); });

  // For tests and for those who are curious: window.orrery in the console.
  const orrery = window.orrery = {
    state: {}, handed_out: [], copied: '', first_frame: 0, first_picture: 0, threads, act, choose_file, bring,
    svg: (link, lang = '', theme = '') => text('orrery_svg', link, lang, theme),
    regions: () => JSON.parse(text('orrery_regions')),
    words: () => text('orrery_words'),
    get ready() { return !!orrery.first_frame; },
  };

  // Memory that threads share. Where there are none browsers hide the name of what it consists of.
  function memory() {
    const pages = size => size * 16;  // of 64 KiB; sizes in MiB
    for (let most = 2048; ; most /= 2) {
      try {
        const got = new WebAssembly.Memory({ initial: pages(64), maximum: pages(most), shared: true });
        globalThis.SharedArrayBuffer ??= got.buffer.constructor;
        return got;
      } catch (e) {  // no room for as much
        if (most <= 256) throw e;
      }
    }
  }
  async function begin() {
    measure();
    // Everything is asked for at once.
    const files = fonts.map(name => bytes('fonts/' + name, 'offline.js'));
    const kit = { canvas, wasmMemory: memory(), called, print: line => console.log(line), printErr: line => console.error(line) };
    if (on_disk) {
      kit.wasmBinary = (await bytes('orrery.wasm', 'offline.js')).buffer;
    } else {
      const compiled = fetch('orrery.wasm');
      kit.instantiateWasm = (imports, ready) => {
        WebAssembly.instantiateStreaming(compiled, imports).then(r => ready(r.instance, r.module)).catch(e => fail(e.message));
        return {};
      };
    }
    await script('orrery.js');
    const [program, ...data] = await Promise.all([OrreryProgram(kit), ...files]);
    m = program;
    fonts.forEach((name, i) => put('/fonts/' + name, data[i]));
    let first_visit = true;
    try {
      for (const [key, path] of Object.entries(stored)) {
        const kept = localStorage.getItem(key);
        if (kept) put(path, new TextEncoder().encode(kept)), first_visit = false;
      }
    } catch { /* a private window keeps nothing */ }
    const language = first_visit && /^zh/i.test(navigator.language) ? 'zh' : '';
    const still = first_visit && matchMedia('(prefers-reduced-motion: reduce)').matches;
    last_component = here().split('?')[0];
    if (!call('orrery_begin', here(), canvas.width, canvas.height, ratio, language, still ? 1 : 0, threads)) {
      m = null;
      fail('Orrery draws with WebGL 2, which this browser does not offer: try a newer one, or turn on hardware acceleration.');
      return;
    }
    gl = canvas.getContext('webgl2');
    spare_questions(gl);
    scheduled = true;
    requestAnimationFrame(frame);  // the window first, then what it is to show
  }
  // Dear ImGui asks for the state before it draws, to bring it back; each question would wait until the
  // graphics process has drawn everything before. No one else draws here, so the answer is the state at rest.
  function spare_questions() {
    const { getParameter, isEnabled, viewport } = gl;
    let view = [0, 0, canvas.width, canvas.height];
    gl.viewport = (...box) => { view = box; viewport.apply(gl, box); };
    const rest = new Map([
      [gl.ACTIVE_TEXTURE, gl.TEXTURE0], [gl.CURRENT_PROGRAM, null], [gl.TEXTURE_BINDING_2D, null], [gl.SAMPLER_BINDING, null],
      [gl.ARRAY_BUFFER_BINDING, null], [gl.VERTEX_ARRAY_BINDING, null], [gl.SCISSOR_BOX, [0, 0, canvas.width, canvas.height]],
      [gl.BLEND_SRC_RGB, gl.ONE], [gl.BLEND_DST_RGB, gl.ZERO], [gl.BLEND_SRC_ALPHA, gl.ONE], [gl.BLEND_DST_ALPHA, gl.ZERO],
      [gl.BLEND_EQUATION_RGB, gl.FUNC_ADD], [gl.BLEND_EQUATION_ALPHA, gl.FUNC_ADD],
    ]);
    gl.getParameter = name => name === gl.VIEWPORT ? view : rest.has(name) ? rest.get(name) : getParameter.call(gl, name);
    const off = new Set([gl.BLEND, gl.CULL_FACE, gl.DEPTH_TEST, gl.STENCIL_TEST, gl.SCISSOR_TEST]);
    gl.isEnabled = name => off.has(name) ? false : isEnabled.call(gl, name);
  }
  begin().catch(e => {
    console.error(e);
    fail('Orrery did not start: ' + e.message);
  });
})();
