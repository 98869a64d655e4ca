// Reads the binary format of WebAssembly: numbers, types and instructions, by the tables that the encoder writes from.
import { typeByte } from '../translate/wasm/code.ts';
import { atomics, lane, loads, numeric, relaxed, stores, structured, vector, type Immediate } from '../translate/wasm/opcodes.ts';

/** An instruction's name and what follows its opcode. */
export type Instruction = { readonly name: string; readonly immediate: Immediate | 'lane' | 'memory' };

/** The key of an opcode with a prefix byte, whose number may have more than eight bits. */
const prefixed = (prefix: number, n: number): number => prefix << 16 | n;

let known: ReadonlyMap<number, Instruction> | undefined;
/** Instructions by opcode. Made when first asked for: hardly any run asks. */
function instructions(): ReadonlyMap<number, Instruction> {
  if (known) return known;
  const found = new Map<number, Instruction>();
  const add = (rows: Readonly<Record<string, readonly [number, string]>>, immediate: Instruction['immediate'] | null, prefix = 0) => {
    for (const [name, [op, what]] of Object.entries(rows)) {
      const key = prefix !== 0 ? prefixed(prefix, op) : op > 0xff ? prefixed(op >>> 8, op & 0xff) : op;
      found.set(key, { name, immediate: immediate ?? what as Immediate });
    }
  };
  add(structured, null);
  add(numeric, 'none');
  add(loads, 'memory');
  add(stores, 'memory');
  add(vector, 'none', 0xfd);
  add(relaxed, 'none', 0xfd);
  add(lane, 'lane', 0xfd);
  add(atomics, 'memory', 0xfe);
  return known = found;
}

export const hex = (n: number | bigint): string => `0x${n.toString(16)}`;

/** Reads numbers and strings of the binary format, in order. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  constructor(bytes: Uint8Array) { this.bytes = bytes; this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength); }

  error(what: string, at = this.at): Error { return new Error(`WebAssembly module: ${what} at byte ${at} (${hex(at)})`); }
  byte(): number {
    const b = this.bytes[this.at];
    if (b === undefined) throw this.error('it ends too early');
    this.at++;
    return b;
  }
  /** LEB128 with up to 64 bits; `negative` is the sign, if it has one. */
  private leb(): { value: bigint; bits: bigint; negative: boolean } {
    for (let value = 0n, bits = 0n; ;) {
      const b = this.byte();
      value |= BigInt(b & 0x7f) << bits;
      bits += 7n;
      if (b < 0x80) return { value, bits, negative: (b & 0x40) !== 0 };
      if (bits > 63n) throw this.error('a number is too long');
    }
  }
  u32(): number { return Number(this.leb().value); }
  signed(): bigint { const { value, bits, negative } = this.leb(); return negative ? value - (1n << bits) : value; }
  /** `count` bytes as they are; answers where they start. */
  skip(count: number): number {
    const from = this.at;
    if (count > this.bytes.length - from) throw this.error(`${count} bytes are missing`);
    this.at += count;
    return from;
  }
  string(): string { const n = this.u32(); const from = this.skip(n); return Buffer.from(this.bytes.subarray(from, from + n)).toString('latin1'); }
  list<T>(each: () => T): T[] { return Array.from({ length: this.u32() }, each); }
  type(): string {
    const b = this.byte();
    for (const [name, byte] of Object.entries(typeByte)) if (byte === b) return name;
    throw this.error(`unknown type ${hex(b)}`, this.at - 1);
  }
  instruction(): Instruction {
    const at = this.at, first = this.byte();
    const hasPrefix = first >= 0xfc;
    const number = hasPrefix ? this.u32() : 0;
    const found = instructions().get(hasPrefix ? prefixed(first, number) : first);
    if (!found) throw this.error(`unknown instruction ${hex(first)}${hasPrefix ? ` ${hex(number)}` : ''}`, at);
    return found;
  }
}
