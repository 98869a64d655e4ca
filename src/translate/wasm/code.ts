// The binary encoder of WebAssembly: bytes of function bodies and of whole modules. It knows the format, not the IR.
import { numeric, vector, lane, loads, stores, atomics, structured, accessAlign } from './opcodes.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
export const typeByte: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The memory that a memory instruction names. In every module of ours the guest's is one and the state's the other. */
export type MemoryIndex = 0 | 1;

const plain: Readonly<Record<string, readonly [number, string]>> = { ...numeric };
const simd: Readonly<Record<string, readonly [number, string]>> = { ...vector, ...lane };
/** Loads, stores and atomics: opcode, whether it has the prefix of atomics, alignment (only atomics must have their own). */
const accesses = new Map<string, { readonly op: number; readonly atomic: boolean; readonly align: number }>();
for (const [name, [op]] of [...Object.entries(loads), ...Object.entries(stores)]) accesses.set(name, { op, atomic: false, align: 0 });
for (const [name, [op]] of Object.entries(atomics)) accesses.set(name, { op, atomic: true, align: accessAlign(name) });

/** A growing sequence of code bytes. Methods append and answer nothing; the names are the format's. */
export class Code {
  bytes = new Uint8Array(512);
  length = 0;
  readonly hints: { readonly at: number; readonly likely: 0 | 1 }[] = [];

  byte(b: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = b;
  }

  private grow(need: number): void {
    const next = new Uint8Array(Math.max(this.bytes.length * 2, this.length + need));
    next.set(this.bytes);
    this.bytes = next;
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.bytes.length) this.grow(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Unsigned LEB128 of a number below 2^32. */
  u32(n: number): void {
    n >>>= 0;
    while (n > 0x7f) { this.byte((n & 0x7f) | 0x80); n >>>= 7; }
    this.byte(n);
  }

  /** Signed LEB128 of an int32. */
  s32(n: number): void {
    n |= 0;
    for (;;) {
      const b = n & 0x7f;
      n >>= 7;
      if ((n === 0 && !(b & 0x40)) || (n === -1 && b & 0x40)) { this.byte(b); return; }
      this.byte(b | 0x80);
    }
  }

  /** Signed LEB128 of an int64 given as two words. */
  s64(low: number, high: number): void {
    low |= 0; high |= 0;
    for (;;) {
      const b = low & 0x7f;
      low = (low >>> 7) | (high << 25);
      high >>= 7;
      if ((low === 0 && high === 0 && !(b & 0x40)) || (low === -1 && high === -1 && b & 0x40)) { this.byte(b); return; }
      this.byte(b | 0x80);
    }
  }

  private opcode(op: number): void {
    if (op > 0xff) { this.byte(op >>> 8); this.u32(op & 0xff); } else this.byte(op);
  }

  /** Any instruction without structure: numeric, vector (with its lane), by its standard name. */
  op(name: string, immediate = 0): void {
    const p = plain[name];
    if (p !== undefined) { this.opcode(p[0]); return; }
    const v = simd[name];
    if (v === undefined) throw new Error(`no WebAssembly instruction ${name}`);
    this.byte(0xfd);
    this.u32(v[0]);
    if (name in lane) this.byte(immediate);
  }

  /** A load, store or atomic of `index`'s memory; `offset` bytes are added to the address on the stack. */
  access(name: string, index: MemoryIndex, offset = 0): void {
    const row = accesses.get(name);
    if (row === undefined) throw new Error(`no WebAssembly memory instruction ${name}`);
    if (row.atomic) { this.byte(0xfe); this.u32(row.op); } else this.opcode(row.op);
    if (index === 0) this.u32(row.align); else { this.u32(row.align | 0x40); this.u32(index); }
    this.u32(offset);
  }

  i32(n: number): void { this.byte(structured['i32.const'][0]); this.s32(n); }
  /** An i32 constant that is not known yet; answers where it is, for `setI32`. */
  unknownI32(): number {
    this.byte(structured['i32.const'][0]);
    for (let i = 0; i < 5; i++) this.byte(0);
    return this.length - 5;
  }
  /** The constant at a place that `unknownI32` answered: in five bytes, which LEB128 allows. */
  setI32(at: number, value: number): void {
    for (let i = 0; i < 4; i++) this.bytes[at + i] = (value >> 7 * i & 0x7f) | 0x80;
    this.bytes[at + 4] = value >> 28 & 0x7f;
  }
  i64(low: number, high: number): void { this.byte(structured['i64.const'][0]); this.s64(low, high); }
  f32bits(bits: number): void { this.byte(structured['f32.const'][0]); this.word(bits); }
  f64bits(low: number, high: number): void { this.byte(structured['f64.const'][0]); this.word(low); this.word(high); }
  v128(words: readonly number[]): void { this.opcode(structured['v128.const'][0]); for (let i = 0; i < 4; i++) this.word(words[i]!); }
  shuffle(lanes: readonly number[]): void { this.opcode(structured['i8x16.shuffle'][0]); for (let i = 0; i < 16; i++) this.byte(lanes[i]!); }
  fence(): void { this.opcode(structured['atomic.fence'][0]); this.byte(0); }
  /** An instruction of the table `relaxed`, by its opcode. */
  relaxed(op: number): void { this.byte(0xfd); this.u32(op); }
  private word(w: number): void { for (let i = 0; i < 32; i += 8) this.byte((w >>> i) & 0xff); }

  get(local: number): void { this.byte(structured['local.get'][0]); this.u32(local); }
  set(local: number): void { this.byte(structured['local.set'][0]); this.u32(local); }
  tee(local: number): void { this.byte(structured['local.tee'][0]); this.u32(local); }
  select(): void { this.byte(structured.select[0]); }
  drop(): void { this.byte(structured.drop[0]); }
  /** Said before an `if` or `brIf`: how its condition nearly always is. V8 keeps the other way out of the registers' way. */
  likely(): void { this.hints.push({ at: this.length, likely: 1 }); }
  unlikely(): void { this.hints.push({ at: this.length, likely: 0 }); }
  block(result?: ValueType): void { this.byte(structured.block[0]); this.byte(result ? typeByte[result] : 0x40); }
  loop(): void { this.byte(structured.loop[0]); this.byte(0x40); }
  if(result?: ValueType): void { this.byte(structured.if[0]); this.byte(result ? typeByte[result] : 0x40); }
  else(): void { this.byte(structured.else[0]); }
  end(): void { this.byte(structured.end[0]); }
  br(depth: number): void { this.byte(structured.br[0]); this.u32(depth); }
  brIf(depth: number): void { this.byte(structured.br_if[0]); this.u32(depth); }
  brTable(depths: readonly number[], otherwise: number): void {
    this.byte(structured.br_table[0]); this.u32(depths.length); for (const d of depths) this.u32(d); this.u32(otherwise);
  }
  return(): void { this.byte(structured.return[0]); }
  call(fn: number): void { this.byte(structured.call[0]); this.u32(fn); }
  callIndirect(type: number, table = 0): void { this.byte(structured.call_indirect[0]); this.u32(type); this.u32(table); }
  returnCall(fn: number): void { this.byte(structured.return_call[0]); this.u32(fn); }
  returnCallIndirect(type: number, table = 0): void { this.byte(structured.return_call_indirect[0]); this.u32(type); this.u32(table); }
  unreachable(): void { this.byte(structured.unreachable[0]); }

  finished(): Uint8Array { return this.bytes.slice(0, this.length); }
}

export type FuncType = { readonly params: readonly ValueType[]; readonly results: readonly ValueType[] };
export type FuncBody = { readonly type: number; readonly locals: readonly ValueType[]; readonly code: Code };

/** The limits of an imported memory; `address` is i64 for a memory64 one. All our memories are shared. */
export type MemoryImport = { readonly pages: number; readonly maximum: number; readonly address: 'i32' | 'i64' };

/**
 * How modules import a guest memory of `maximum` pages. They do not say that it starts that large: V8 would take accesses to
 * constant addresses for safe and compile them so that a fault ends the process instead of becoming a trap.
 */
export const guestLimits = (address: 'i32' | 'i64', maximum: number): MemoryImport => ({ pages: 0, maximum, address });

/** A module under construction. Order of calls is free; `encode` writes the sections in the format's order. */
export class ModuleBuilder {
  private readonly types: FuncType[] = [];
  private readonly imports: { module: string; field: string; kind: 0 | 1 | 2; desc: (c: Code) => void }[] = [];
  private importedFunctions = 0;
  private readonly functions: FuncBody[] = [];
  private readonly exports: { name: string; kind: 0 | 1; index: number }[] = [];
  private readonly elements: { table: number; offset: number; functions: readonly number[] }[] = [];
  private readonly tables: { size: number }[] = [];
  private importedTables = 0;
  readonly name: string;
  /** After encode: where each defined function's code starts, in bytes from the module's start. Stack traces count from there. */
  readonly codeOffsets: number[] = [];

  /** `name` appears in stack traces as wasm://wasm/NAME-hash. */
  constructor(name: string) { this.name = name; }

  type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const same = this.types.findIndex((t) => t.params.join() === params.join() && t.results.join() === results.join());
    return same >= 0 ? same : this.types.push({ params, results }) - 1;
  }

  importFunction(module: string, field: string, type: number): number {
    if (this.functions.length) throw new Error('functions are imported before any is defined');
    this.imports.push({ module, field, kind: 0, desc: (c) => c.u32(type) });
    return this.importedFunctions++;
  }

  importMemory(module: string, field: string, m: MemoryImport): void {
    this.imports.push({ module, field, kind: 2, desc: (c) => { c.byte(m.address === 'i64' ? 7 : 3); c.u32(m.pages); c.u32(m.maximum); } });
  }

  importTable(module: string, field: string): number {
    this.imports.push({ module, field, kind: 1, desc: (c) => { c.byte(0x70); c.byte(0); c.u32(0); } });
    return this.importedTables++;
  }

  /** A table of the module's own with `size` entries; its index follows the imported ones. */
  table(size: number): number { return this.importedTables + this.tables.push({ size }) - 1; }

  /** The index that the next defined function will have. */
  nextFunction(): number { return this.importedFunctions + this.functions.length; }

  function(type: number, locals: readonly ValueType[], code: Code): number {
    this.functions.push({ type, locals, code });
    return this.importedFunctions + this.functions.length - 1;
  }

  export(name: string, index: number): void { this.exports.push({ name, kind: 0, index }); }
  exportTable(name: string, index: number): void { this.exports.push({ name, kind: 1, index }); }
  element(table: number, offset: number, functions: readonly number[]): void { this.elements.push({ table, offset, functions }); }

  encode(): Uint8Array<ArrayBuffer> {
    const out = new Code();
    for (const b of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(b);
    const section = (id: number, fill: (c: Code) => void) => {
      const c = new Code();
      fill(c);
      out.byte(id); out.u32(c.length); out.append(c.bytes.subarray(0, c.length));
    };
    const list = <T>(c: Code, items: readonly T[], each: (item: T) => void) => { c.u32(items.length); items.forEach(each); };
    section(1, (c) => list(c, this.types, (t) => {
      c.byte(0x60);
      list(c, t.params, (p) => c.byte(typeByte[p]));
      list(c, t.results, (p) => c.byte(typeByte[p]));
    }));
    if (this.imports.length) section(2, (c) => list(c, this.imports, (i) => { text(c, i.module); text(c, i.field); c.byte(i.kind); i.desc(c); }));
    section(3, (c) => list(c, this.functions, (f) => c.u32(f.type)));
    if (this.tables.length) section(4, (c) => list(c, this.tables, (t) => { c.byte(0x70); c.byte(0); c.u32(t.size); }));
    if (this.exports.length) section(7, (c) => list(c, this.exports, (e) => { text(c, e.name); c.byte(e.kind); c.u32(e.index); }));
    if (this.elements.length) section(9, (c) => list(c, this.elements, (e) => {
      c.u32(2); c.u32(e.table); c.i32(e.offset); c.end(); c.byte(0); list(c, e.functions, (f) => c.u32(f));
    }));
    const hinted = this.functions.map((f, i) => ({ f, i: i + this.importedFunctions })).filter(({ f }) => f.code.hints.length > 0);
    // https://github.com/WebAssembly/branch-hinting
    if (hinted.length) section(0, (c) => {
      text(c, 'metadata.code.branch_hint');
      list(c, hinted, ({ f, i }) => {
        const at = headOf(f).length;
        c.u32(i);
        list(c, f.code.hints, (h) => { c.u32(h.at + at); c.u32(1); c.byte(h.likely); });
      });
    });
    const bodies: { head: number; length: number }[] = [];
    section(10, (c) => list(c, this.functions, (f) => {
      const head = headOf(f);
      c.u32(head.length + f.code.length);
      c.append(head.bytes.subarray(0, head.length));
      bodies.push({ head: c.length, length: f.code.length });
      c.append(f.code.bytes.subarray(0, f.code.length));
    }));
    const last = bodies[bodies.length - 1];
    if (last) for (const b of bodies) this.codeOffsets.push(out.length - (last.head + last.length) + b.head);
    section(0, (c) => {
      text(c, 'name');
      const n = new Code();
      text(n, this.name);
      c.byte(0); c.u32(n.length); c.append(n.bytes.subarray(0, n.length));
    });
    return out.finished() as Uint8Array<ArrayBuffer>;
  }
}

/** How a function's body begins: its locals in runs of one type. */
function headOf(f: FuncBody): Code {
  const head = new Code();
  const runs: { type: ValueType; count: number }[] = [];
  for (const l of f.locals) {
    const last = runs[runs.length - 1];
    if (last?.type === l) last.count++; else runs.push({ type: l, count: 1 });
  }
  head.u32(runs.length);
  for (const r of runs) { head.u32(r.count); head.byte(typeByte[r.type]); }
  return head;
}

function text(c: Code, s: string): void {
  c.u32(s.length);
  for (let i = 0; i < s.length; i++) c.byte(s.charCodeAt(i));
}
