/* Redo a draw: SHA-256, MD5, seed and permutation in plain JavaScript, written apart from the node's own program.
   Used by the page that redoes a draw, and to make a key in the browser. No library, nothing is sent. */
"use strict";
(function () {
  // --- bytes
  function utf8(text) { return Array.from(new TextEncoder().encode(text)); }
  function fromHex(hex) {
    if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) { throw new Error("hex"); }
    return (hex.match(/../g) || []).map(function (pair) { return parseInt(pair, 16); });
  }
  function toHex(bytes) {
    return bytes.map(function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
  }
  function number(bytes) { return BigInt("0x" + (toHex(bytes) || "0")); }
  function bigEndian(value, size) {
    const bytes = [];
    for (let shift = size - 1; shift >= 0; shift -= 1) { bytes.push(Math.floor(value / Math.pow(256, shift)) % 256); }
    return bytes;
  }

  // --- SHA-256 (FIPS 180-4): constants are the fractions of roots of primes, worked out exactly here
  function primes(count) {
    const found = [];
    for (let n = 2; found.length < count; n += 1) {
      if (found.every(function (prime) { return n % prime; })) { found.push(n); }
    }
    return found;
  }
  function root(power, value) { // whole part of the root, by bisection
    let low = 0n, high = value + 1n;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (middle ** power <= value) { low = middle; } else { high = middle; }
    }
    return low;
  }
  function fraction(prime, power) {
    return Number(root(power, BigInt(prime) << (32n * power)) & 0xffffffffn);
  }
  const K = primes(64).map(function (prime) { return fraction(prime, 3n); });
  const START = primes(8).map(function (prime) { return fraction(prime, 2n); });
  function right(x, n) { return (x >>> n) | (x << (32 - n)); }
  function padded(bytes, lengthBytes) {
    const whole = bytes.concat([0x80]);
    while (whole.length % 64 !== 56) { whole.push(0); }
    return whole.concat(lengthBytes);
  }
  function sha256(bytes) {
    const data = padded(bytes, bigEndian(bytes.length * 8, 8)), state = START.slice(), w = new Array(64);
    for (let block = 0; block < data.length; block += 64) {
      for (let i = 0; i < 64; i += 1) {
        if (i < 16) {
          const at = block + 4 * i;
          w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
        } else {
          const a = w[i - 15], b = w[i - 2];
          w[i] = (w[i - 16] + (right(a, 7) ^ right(a, 18) ^ (a >>> 3)) + w[i - 7] +
            (right(b, 17) ^ right(b, 19) ^ (b >>> 10))) | 0;
        }
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i += 1) {
        const one = (h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const two = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach(function (word, i) { state[i] = (state[i] + word) | 0; });
    }
    return state.flatMap(function (word) { return bigEndian(word >>> 0, 4); });
  }

  // --- MD5 (RFC 1321), for RFC 3797 only
  const TURNS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  function md5(bytes) {
    const data = padded(bytes, bigEndian(bytes.length * 8, 8).reverse());
    const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
    for (let block = 0; block < data.length; block += 64) {
      let [a, b, c, d] = state;
      for (let i = 0; i < 64; i += 1) {
        const turn = i >> 4;
        const mix = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][turn];
        const at = block + 4 * [i, (5 * i + 1) % 16, (3 * i + 5) % 16, (7 * i) % 16][turn];
        const word = data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24);
        const sine = Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296);
        const sum = (a + mix + word + sine) | 0, by = TURNS[turn][i % 4];
        a = d; d = c; c = b; b = (b + ((sum << by) | (sum >>> (32 - by)))) | 0;
      }
      [a, b, c, d].forEach(function (word, i) { state[i] = (state[i] + word) | 0; });
    }
    return state.flatMap(function (word) { return bigEndian(word >>> 0, 4).reverse(); });
  }

  // --- the draw
  function before(a, b) { // order of UTF-8 bytes
    const x = utf8(a), y = utf8(b);
    for (let i = 0; i < Math.min(x.length, y.length); i += 1) { if (x[i] !== y[i]) { return x[i] - y[i]; } }
    return x.length - y.length;
  }
  function seed(identifier, secrets, beacon) {
    const sorted = secrets.map(function (each) { return each.toLowerCase(); }).sort().flatMap(fromHex);
    return toHex(sha256(utf8("seed").concat([0], utf8(identifier), [0], sorted, utf8(beacon))));
  }
  function permutation(sown, pool) {
    const left = pool.slice().sort(before), drawn = [], span = 1n << 256n, start = fromHex(sown);
    for (let counter = 0; left.length; counter += 1) {
      const x = number(sha256(start.concat(bigEndian(counter, 8)))), n = BigInt(left.length);
      if (x < span - (span % n)) { drawn.push(left.splice(Number(x % n), 1)[0]); }
    }
    return drawn;
  }
  function commitment(key) { return toHex(sha256(utf8("commit").concat([0], fromHex(key)))); }
  function rfc3797(key, size, count) {
    const left = [], drawn = [];
    for (let n = 1; n <= size; n += 1) { left.push(n); }
    for (let turn = 0; turn < count; turn += 1) {
      const around = bigEndian(turn, 2);
      const x = number(md5(around.concat(utf8(key), around)));
      drawn.push(left.splice(Number(x % BigInt(left.length)), 1)[0]);
    }
    return drawn;
  }
  window.toileLots = {
    sha256: function (text) { return toHex(sha256(utf8(text))); },
    md5: function (text) { return toHex(md5(utf8(text))); },
    seed: seed, permutation: permutation, commitment: commitment, opened: opened,
    rfc3797: rfc3797
  };

  // --- the pages
  function lines(id) {
    return document.getElementById(id).value.split("\n").map(function (each) { return each.trim(); }).filter(Boolean);
  }
  function list(where, names) {
    where.replaceChildren.apply(where, names.map(function (name) {
      const item = document.createElement("li");
      item.textContent = name;
      return item;
    }));
  }
  function opened(envelopes, secrets) { // every key opens its envelope, and the secrets are those of the keys
    const keys = envelopes.map(function (line) { return line.toLowerCase().split(/\s+/); });
    const good = keys.every(function (pair) {
      return pair.length === 2 && /^[0-9a-f]{128}$/.test(pair[1]) && commitment(pair[1]) === pair[0];
    });
    const found = keys.map(function (pair) { return (pair[1] || "").slice(64); }).sort().join();
    return good && found === secrets.map(function (each) { return each.toLowerCase(); }).sort().join();
  }
  function redo(form) {
    const wrong = document.getElementById("redo-wrong"), found = document.getElementById("redo-result");
    wrong.hidden = true; found.hidden = true;
    const pool = lines("pool"), identifier = document.getElementById("identifier").value.trim();
    const secrets = lines("secrets"), good = secrets.every(function (each) { return /^[0-9a-f]{64}$/i.test(each); });
    if (!identifier || !pool.length || !good || new Set(pool).size !== pool.length) { wrong.hidden = false; return; }
    const sown = seed(identifier, secrets, document.getElementById("beacon").value.trim());
    document.getElementById("redo-seed").textContent = sown;
    list(document.getElementById("redo-order"), permutation(sown, pool));
    const same = document.getElementById("redo-same"), other = document.getElementById("redo-other");
    if (form.dataset.seed) { same.hidden = form.dataset.seed !== sown; other.hidden = !same.hidden; }
    const envelopes = lines("envelopes"), whole = opened(envelopes, secrets);
    document.getElementById("redo-opened").hidden = !envelopes.length || !whole;
    document.getElementById("redo-forged").hidden = !envelopes.length || whole;
    found.hidden = false;
  }
  function makeKey(form) {
    const bytes = new Uint8Array(64);
    window.crypto.getRandomValues(bytes);
    const key = toHex(Array.from(bytes));
    document.getElementById("my-key").value = key;
    document.getElementById("commitment").value = commitment(key);
    form.hidden = false;
  }
  document.addEventListener("DOMContentLoaded", function () {
    const form = document.getElementById("redo"), making = document.getElementById("commit-here");
    if (form) {
      form.hidden = false;
      form.addEventListener("submit", function (event) { event.preventDefault(); redo(form); });
      const numbers = document.getElementById("rfc3797");
      numbers.hidden = false;
      numbers.addEventListener("submit", function (event) {
        event.preventDefault();
        const size = Math.min(parseInt(document.getElementById("rfc-size").value, 10) || 0, 10000);
        list(document.getElementById("rfc-order"), rfc3797(document.getElementById("rfc-key").value.trim(), size, size));
      });
    }
    if (making) {
      makeKey(making);
      document.querySelectorAll("[data-server-key]").forEach(function (each) { each.hidden = true; });
    }
  });
})();
