// Machine code of our own: pages of executable memory, and an assembler for bytes written in hexadecimal with labels.
import type { HostAddress } from '../address.ts';
import { mapExecutable, poke } from './native.ts';

/** Little-endian bytes of a 64-bit value given as a number. */
export function u64(value: number): number[] {
  const bytes: number[] = [];
  for (let half = 0, word = value | 0; half < 2; half++, word = Math.floor(value / 0x1_0000_0000) | 0) {
    bytes.push(word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, (word >>> 24) & 0xff);
  }
  return bytes;
}

export type Assembled = { readonly bytes: Uint8Array; readonly labels: Readonly<Record<string, number>> };

/**
 * Puts machine code together from text: bytes in hexadecimal, `name:` for a label, `@name` for the signed byte that jumps there,
 * `@@name` for a signed word, `$name` for a 64-bit value out of `values` and `%name` for a 32-bit one; `;` starts a comment.
 */
export function assemble(text: string, values: Readonly<Record<string, number>> = {}): Assembled {
  const bytes: number[] = [];
  const labels: Record<string, number> = {};
  const jumps: { at: number; label: string; size: 1 | 4 }[] = [];
  const value = (name: string): number => {
    const v = values[name];
    if (v === undefined) throw new Error(`no value for ${name}`);
    return v;
  };
  for (const line of text.split('\n')) {
    for (const token of line.split(';', 1)[0]!.trim().split(/\s+/)) {
      if (token === '') continue;
      if (token.endsWith(':')) labels[token.slice(0, -1)] = bytes.length;
      else if (token.startsWith('@@')) { jumps.push({ at: bytes.length, label: token.slice(2), size: 4 }); bytes.push(0, 0, 0, 0); }
      else if (token.startsWith('@')) { jumps.push({ at: bytes.length, label: token.slice(1), size: 1 }); bytes.push(0); }
      else if (token.startsWith('$')) bytes.push(...u64(value(token.slice(1))));
      else if (token.startsWith('%')) bytes.push(...u64(value(token.slice(1))).slice(0, 4));
      else if (/^[0-9a-f]{2}$/.test(token)) bytes.push(parseInt(token, 16));
      else throw new Error(`not machine code: ${token}`);
    }
  }
  for (const { at, label, size } of jumps) {
    const target = labels[label];
    if (target === undefined) throw new Error(`no label ${label}`);
    const distance = target - (at + size);
    if (size === 1 && (distance < -128 || distance > 127)) throw new Error(`${label} is too far for a short jump`);
    for (let i = 0; i < size; i++) bytes[at + i] = (distance >> (8 * i)) & 0xff;
  }
  return { bytes: Uint8Array.from(bytes), labels };
}

export type Placed = { readonly address: HostAddress; readonly labels: Readonly<Record<string, number>> };

const PAGE = 4096;
let page = 0;
let used = PAGE;

/** Puts code into executable memory; answers its host address and those of its labels. It stays there as long as the process lives. */
export function place(code: Assembled): Placed {
  if (process.arch !== 'x64') throw new Error(`tsemu's machine-code stubs are written for x86-64 hosts only, not for ${process.arch}`);
  if (code.bytes.length > PAGE) throw new Error('a stub longer than a page');
  if (used + code.bytes.length > PAGE) { page = mapExecutable(PAGE); used = 0; }
  const address = page + used;
  poke(address, code.bytes);
  used += (code.bytes.length + 15) & ~15;
  return { address, labels: Object.fromEntries(Object.entries(code.labels).map(([name, at]) => [name, address + at])) };
}

/** Replaces the 64-bit value at an address inside placed code. Only for code that no thread is running. */
export function patch64(address: HostAddress, value: number): void { poke(address, Uint8Array.from(u64(value))); }
