/**
 * Addresses of cryptocurrencies, with their checksums: an indicator that fails its checksum is a slip of the pen
 * and would never hit. Bitcoin and its kin (Base58Check, BIP 173 and BIP 350), Ethereum (EIP-55), Monero, Tron, Ripple.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

const BITCOIN_58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const RIPPLE_58 = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz';

/** Shortest (old Bitcoin) and longest (Monero integrated) address. */
export const COIN_CHARS_MIN = 25;
export const COIN_CHARS_MAX = 108;

/** The address in its canonical case, or null when it is none or its checksum is wrong. */
export function canonicalCoinAddress(text: string): string | null {
  if (text.length < COIN_CHARS_MIN || text.length > COIN_CHARS_MAX) return null;
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return ethereum(text);
  if (/^(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,87}$/i.test(text)) return bech32(text);
  if (/^[48][1-9A-HJ-NP-Za-km-z]{94,105}$/.test(text)) return monero(text);
  if (/^r[1-9A-HJ-NP-Za-km-z]{24,34}$/.test(text)) return base58Check(text, RIPPLE_58);
  if (/^[1-9A-HJ-NP-Za-km-z]{25,36}$/.test(text)) return base58Check(text, BITCOIN_58);
  return null;
}

function ethereum(text: string): string | null {
  const digits = text.slice(2);
  const lower = digits.toLowerCase();
  if (digits !== lower && digits !== digits.toUpperCase()) {
    const hash = keccak_256(new TextEncoder().encode(lower));
    for (let i = 0; i < 40; i++) {
      const nibble = (hash[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15;
      const expected = nibble >= 8 ? lower[i]!.toUpperCase() : lower[i];
      if (digits[i] !== expected) return null;
    }
  }
  return `0x${lower}`;
}

function base58Check(text: string, alphabet: string): string | null {
  const bytes = decodeBase58(text, alphabet);
  if (bytes === null || bytes.length < 5) return null;
  const body = bytes.subarray(0, -4);
  const check = sha256(sha256(body));
  return bytes.subarray(-4).every((byte, i) => byte === check[i]) ? text : null;
}

function decodeBase58(text: string, alphabet: string): Uint8Array | null {
  let number = 0n;
  let zeros = 0;
  for (const char of text) {
    const digit = alphabet.indexOf(char);
    if (digit < 0) return null;
    if (number === 0n && digit === 0) zeros++;
    number = number * 58n + BigInt(digit);
  }
  const bytes: number[] = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
  return Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytes]);
}

/** Monero's Base58 works in blocks of eight bytes (eleven characters); the check is four bytes of Keccak. */
function monero(text: string): string | null {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 11) {
    const block = text.slice(at, at + 11);
    const size = [0, -1, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8][block.length]!;
    if (size <= 0) return null;
    let number = 0n;
    for (const char of block) {
      const digit = BITCOIN_58.indexOf(char);
      if (digit < 0) return null;
      number = number * 58n + BigInt(digit);
    }
    if (number >= 1n << BigInt(8 * size)) return null;
    for (let i = size - 1; i >= 0; i--) bytes.push(Number((number >> BigInt(8 * i)) & 255n));
  }
  const whole = Uint8Array.from(bytes);
  const check = keccak_256(whole.subarray(0, -4));
  return whole.subarray(-4).every((byte, i) => byte === check[i]) ? text : null;
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** BIP 173 §Checksum (constant 1), and BIP 350 (Bech32m) for witness versions from 1 on. */
function bech32(text: string): string | null {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return null;
  const split = lower.lastIndexOf('1');
  const prefix = lower.slice(0, split);
  const values = [...lower.slice(split + 1)].map((char) => BECH32.indexOf(char));
  if (values.includes(-1) || values.length < 7) return null;
  const expanded = [...prefix].map((char) => char.charCodeAt(0));
  const all = [...expanded.map((code) => code >> 5), 0, ...expanded.map((code) => code & 31), ...values];
  let checksum = 1;
  for (const value of all) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    for (const [i, generator] of [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].entries()) {
      if ((top >> i) & 1) checksum ^= generator;
    }
  }
  return checksum === (values[0] === 0 ? 1 : 0x2bc830a3) ? lower : null;
}
