// Writes tests/tokenizer/reference.json: what OpenAI's and Hugging Face's own libraries make of some texts.
//
// Usage, in a folder of your own:  npm install tiktoken tokenizers
//                                  node PATH/tests/support/tokenizer_reference.js reference.json
// tiktoken 1.0.22 (its Rust core as WebAssembly) gives the ids, tokenizers 0.23.2 the pieces.
const fs = require("fs"), path = require("path");
const from = name => require(require.resolve(name, {paths: [process.cwd()]}));
const {Tiktoken} = from("tiktoken"), tokenizers = from("tokenizers");

const names = {gpt2: "gpt2", cl100k: "cl100k_base", o200k: "o200k_base"};
const texts = [
  "", "a", " ", "\n", "Hello, world!", "The quick brown fox jumps over the lazy dog.",
  "don't I'LL we've they'Re it's 'S 'tis o'clock 'd'D", "can'ſt 'ſ x'ſ",
  "   leading", "trailing   ", "a  b   c    d", "tabs\t\tand\t spaces \t x", "one\n\ntwo\r\n\r\nthree \n four\n   five",
  "ends in spaces and lines \n \n  ", "   \n\n   \n x", "\u00a0\u00a0x\u3000\u3000y\u0085z\u2028w\u200bv",
  "1 12 123 1234 12345 1234567 3.14159 1,000,000 ٣٤٥٦ ²³ Ⅷ 四",
  "if (x == 0) { return a[i]->b::c(); } // ok\n/* a/b */ http://a.b/c?d=e&f=g\n",
  "camelCase HTTPServer XMLHttpRequest iPhone ABCdef McDonald O'Neill's USA's", "ÀÉÎõü straße ĲSSELMEER ǅungla ʰʱ",
  "人工智能正在改变世界。今天天气很好，我们去公园吧！", "第12回 賈寶玉初試雲雨情", "吾輩は猫である。名前はまだ無い。", "안녕하세요 세계",
  "Привет, мир! Γειά σου Κόσμε. שלום עולם مرحبا بالعالم", "नमस्ते दुनिया สวัสดีชาวโลก",
  "e\u0301 a\u0301\u0302b \u0301x !\u0301! \u0301", "A\u0301BC \u0301ABC x\u0301ABc", "😀👍🏽👨‍👩‍👧🇨🇳 ☕️", "\u0000\u0001\u001f\u007f\ufeff",
  "中ABC 中Abc ABC中d", "{\"key\": [1, 2, null]}\n", "a,b;c:d!e?f", "....----====####", " !!!\n\n!!! ///\n///x", "\uA7DC\u{13460}'s \u{10D50}\u{10D70} \u{1CCF0}2",
  "<|endoftext|>x<|fim_prefix|>", "the the the  The THE\tthe",
];
const invalid = ["ff", "61ff62", "e4bd", "48656c6c6fe4b8", "e4b8ade4b8ff", "2020200a20c08020", "ed a0 80 78", "f4908080",
  "68656c6c6f2020ff20776f726c64", "80818283", "0a0a2020e4b8", "c3a9c3", "ff68656c6c6f20776f726c64"].map(h => h.replace(/ /g, ""));

const encoders = {}, rules = {}, ranks = {};
for (const [short, name] of Object.entries(names)) {
  const dir = path.dirname(require.resolve("tiktoken", {paths: [process.cwd()]}));
  const data = JSON.parse(fs.readFileSync(path.join(dir, "encoders", name + ".json")));
  encoders[short] = new Tiktoken(data.bpe_ranks, data.special_tokens, data.pat_str);
  rules[short] = tokenizers.Tokenizer.fromString(JSON.stringify({version: "1.0", truncation: null, padding: null,
    added_tokens: [], normalizer: null, post_processor: null, decoder: null,
    pre_tokenizer: {type: "Split", pattern: {Regex: data.pat_str}, behavior: "Isolated", invert: false},
    model: {type: "BPE", vocab: {}, merges: []}})).getPreTokenizer();
  ranks[short] = new Map();
  for (const line of data.bpe_ranks.split("\n")) {
    const [, offset, ...tokens] = line.split(" ");
    tokens.forEach((t, i) => ranks[short].set(Buffer.from(t, "base64").toString("latin1"), +offset + i));
  }
}

// tiktoken's _encode_bytes (src/py.rs), which the WebAssembly build lacks, in its own words.
function merge(rank, piece) {
  if (rank.has(piece)) return [rank.get(piece)];
  const parts = [...piece];
  for (;;) {
    let best = -1, lowest = Infinity;
    for (let i = 0; i + 1 < parts.length; ++i) {
      const r = rank.get(parts[i] + parts[i + 1]);
      if (r !== undefined && r < lowest) lowest = r, best = i;
    }
    if (best < 0) return parts.map(p => rank.get(p));
    parts.splice(best, 2, parts[best] + parts[best + 1]);
  }
}
function encodeBytes(short, bytes) {
  const rank = ranks[short];
  let valid = bytes.length;
  for (;; --valid) {
    try { new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes.subarray(0, valid)); break; } catch {}
  }
  const text = bytes.subarray(0, valid).toString("utf8");
  const pieces = text ? rules[short].preTokenizeString(text).map(p => p[0]) : [];
  let tokens = [], last = 0;
  for (const p of pieces) {
    const ids = merge(rank, Buffer.from(p, "utf8").toString("latin1"));
    last = ids.length, tokens.push(...ids);
  }
  const bytesOf = id => { for (const [b, r] of rank) if (r === id) return b; };
  const isSpace = id => /^[ \n\t]*$/.test(bytesOf(id));
  if (last > 0 && isSpace(tokens[tokens.length - last]))
    while (last < tokens.length && isSpace(tokens[tokens.length - last - 1])) ++last;
  const kept = tokens.slice(0, tokens.length - last), rest = tokens.slice(tokens.length - last);
  const tail = rest.map(bytesOf).join("") + bytes.subarray(valid).toString("latin1");
  return tail ? kept.concat(merge(rank, tail)) : kept;
}

const rows = texts.map(text => {
  const row = {text};
  for (const short in names) row[short] = [...encoders[short].encode_ordinary(text)];
  row.pieces = {};
  for (const short in names) row.pieces[short] = text ? rules[short].preTokenizeString(text).map(p => p[0]) : [];
  return row;
});
const stray = invalid.map(hex => {
  const row = {hex};
  for (const short in names) if (short !== "gpt2") row[short] = encodeBytes(short, Buffer.from(hex, "hex"));
  return row;
});
// The merges that Hugging Face's trainer learns; it reads a file line by line, so this is one line.
const sentence = "the theory of the thing is that they think the then and there, this and that; 中文 中国 中文 the end of 12 or 123 things, isn't it? It's the end!  And  the  end. ";
const book = path.join(require("os").tmpdir(), `orrery_reference_${process.pid}`);
fs.writeFileSync(book, sentence);
const learner = new tokenizers.Tokenizer(tokenizers.BPE.empty());
learner.setPreTokenizer(tokenizers.byteLevelPreTokenizer(false, true));
learner.train([book]);
learner.save(book);
const merges = JSON.parse(fs.readFileSync(book)).model.merges.slice(0, 70).map(m => Array.isArray(m) ? m.join(" ") : m);
fs.unlinkSync(book);

const line = rows => rows.map(r => "    " + JSON.stringify(r)).join(",\n");
fs.writeFileSync(process.argv[2], `{\n  "texts": [\n${line(rows)}\n  ],\n  "invalid": [\n${line(stray)}\n  ],\n  "training": ${JSON.stringify({text: sentence, merges})}\n}\n`);
