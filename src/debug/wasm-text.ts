// WebAssembly modules of ours as text: what `-d out_asm` prints. It reads what ModuleBuilder writes, by the tables that the
// encoder writes from (translate/wasm/opcodes.ts); other modules may use what is not there, which is an error that says so.
import { accessAlign } from '../translate/wasm/opcodes.ts';
import { hex, Reader, type Instruction } from './wasm-reader.ts';

/** What the caller knows of a module beyond its bytes; each becomes a comment. */
export type Notes = {
  /** What a memory instruction with a constant offset accesses, if that has a name. */
  readonly cell?: (memory: string, instruction: string, offset: number) => string | undefined;
  /** By offset in bytes from the module's start: what the code from there on is. */
  readonly marks?: ReadonlyMap<number, string>;
};

/** A name of the text format. */
const named = (text: string): string => `$${text.replace(/[^\w.-]/g, '_')}`;
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const list = (word: string, items: readonly string[]): string => (items.length ? ` (${word} ${items.join(' ')})` : '');

/** A floating-point number as the text format has it, exactly: a value of `width` bits, of which `fraction` are the fraction's. */
function float(value: number, bits: bigint, fraction: number, width: number): string {
  const sign = bits >> BigInt(width - 1) ? '-' : '';
  if (Number.isNaN(value)) return `${sign}nan:${hex(bits & (1n << BigInt(fraction)) - 1n)}`;
  return sign + (Math.abs(value) === Infinity ? 'inf' : String(Math.abs(value)));
}

/** The text of one module. */
class ModuleText {
  private readonly r: Reader;
  private readonly notes: Notes;
  private readonly types: { params: readonly string[]; results: readonly string[] }[] = [];
  private readonly memories: string[] = [];
  private readonly tables: string[] = [];
  /** Name and type of each function, those that are imported first. */
  private readonly functions: { name: string; type: number }[] = [];
  private imported = 0;
  /** By defined function: branch hints by offset from its body's start. */
  private readonly hints = new Map<number, Map<number, string>>();
  private readonly lines: string[] = [];
  private readonly bodies: string[] = [];
  private name = '';

  constructor(bytes: Uint8Array, notes: Notes) { this.r = new Reader(bytes); this.notes = notes; }

  text(): string {
    const { r } = this;
    if (r.skip(8) !== 0 || r.view.getUint32(0) !== 0x0061736d || r.view.getUint32(4, true) !== 1) throw r.error('no header', 0);
    while (r.at < r.bytes.length) {
      const start = r.at, id = r.byte(), size = r.u32(), end = r.at + size;
      this.section(id, start, end);
      if (r.at !== end) throw r.error(`section ${id} should have ended at byte ${end}; reading is`);
    }
    return [`(module${this.name && ` ${named(this.name)}`}`, ...this.lines, ...this.bodies, ')', ''].join('\n');
  }

  private section(id: number, start: number, end: number): void {
    const { r } = this;
    switch (id) {
      case 0: this.custom(end); return;
      case 1: r.list(() => this.type()); return;
      case 2: r.list(() => this.import()); return;
      case 3: this.imported = this.functions.length; r.list(() => this.functions.push({ name: `$func${this.functions.length}`, type: r.u32() })); return;
      case 4: r.list(() => this.table()); return;
      case 7: r.list(() => this.export()); return;
      case 9: r.list(() => this.element()); return;
      case 10: { let i = this.imported; r.list(() => this.body(i++)); return; }
      default: throw r.error(`unknown section ${id}`, start);
    }
  }

  private type(): void {
    const { r } = this;
    if (r.byte() !== 0x60) throw r.error('a type that is not a function\'s', r.at - 1);
    const type = { params: r.list(() => r.type()), results: r.list(() => r.type()) };
    this.lines.push(`  (type $type${this.types.push(type) - 1} (func${list('param', type.params)}${list('result', type.results)}))`);
  }

  private import(): void {
    const { r } = this;
    const module = r.string(), field = r.string(), kind = r.byte(), name = named(field);
    let what: string;
    if (kind === 0) { const type = r.u32(); this.functions.push({ name, type }); what = `func ${name} (type $type${type})`; }
    else if (kind === 1) { r.skip(2); this.tables.push(name); what = `table ${name} ${r.u32()} funcref`; }
    else if (kind === 2) {
      const flags = r.byte();
      this.memories.push(name);
      what = `memory ${name} ${flags & 4 ? 'i64 ' : ''}${r.u32()}${flags & 1 ? ` ${r.u32()}` : ''}${flags & 2 ? ' shared' : ''}`;
    } else throw r.error(`unknown kind of import ${kind}`, r.at - 1);
    this.lines.push(`  (import ${quoted(module)} ${quoted(field)} (${what}))`);
  }

  private table(): void {
    const name = `$table${this.tables.length}`;
    this.tables.push(name);
    this.r.skip(2);
    this.lines.push(`  (table ${name} ${this.r.u32()} funcref)`);
  }

  /** An exported function has the name that it is exported by, unless something else has it. */
  private export(): void {
    const { r } = this;
    const exported = r.string(), kind = r.byte(), index = r.u32(), name = named(exported);
    if (kind > 1) throw r.error(`unknown kind of export ${kind}`);
    const f = this.functions[index];
    if (kind === 0 && f && index >= this.imported && !this.functions.some((other) => other.name === name)) f.name = name;
    this.lines.push(`  (export ${quoted(exported)} (${kind === 0 ? `func ${f?.name ?? index}` : `table ${this.tables[index] ?? index}`}))`);
  }

  private element(): void {
    const { r } = this;
    if (r.u32() !== 2) throw r.error('an element segment of another kind', r.at - 1);
    const table = r.u32();
    r.skip(1);
    const offset = r.signed();
    r.skip(2);
    this.lines.push(`  (elem (table ${this.tables[table]}) (i32.const ${offset}) func ${r.list(() => this.functionName(r.u32())).join(' ')})`);
  }

  private functionName(index: number): string { return this.functions[index]?.name ?? String(index); }

  private custom(end: number): void {
    const { r } = this;
    const kind = r.string();
    if (kind === 'name' && r.byte() === 0) { r.u32(); this.name = r.string(); }
    if (kind === 'metadata.code.branch_hint') r.list(() => this.hints.set(r.u32(), new Map(r.list(() => this.hint()))));
    r.skip(end - r.at);
  }

  private hint(): readonly [at: number, likely: string] {
    const at = this.r.u32();
    this.r.skip(1);
    return [at, this.r.byte() === 1 ? 'likely' : 'unlikely'];
  }

  private body(index: number): void {
    const { r, bodies } = this;
    const size = r.u32(), start = r.at, end = start + size;
    const { name, type } = this.functions[index]!;
    const { params, results } = this.types[type]!;
    let locals = 0;
    bodies.push(`  (func ${name} (type $type${type})${params.map((p) => ` (param $${locals++} ${p})`).join('')}${list('result', results)}`);
    r.list(() => {
      const count = r.u32(), local = r.type();
      bodies.push(`    ${Array.from({ length: count }, () => `(local $${locals++} ${local})`).join(' ')}`);
    });
    const hints = this.hints.get(index);
    const labels: string[] = [];
    let made = 0;
    for (;;) {
      if (r.at >= end) throw r.error(`function ${name} has no end`);
      const at = r.at;
      const mark = this.notes.marks?.get(at);
      if (mark !== undefined) bodies.push(`${'  '.repeat(labels.length + 2)};; ${mark}`);
      const { name: op, immediate } = r.instruction();
      const hint = hints?.get(at - start);
      if (op === 'end' && labels.length === 0) break;
      const outer = op === 'end' || op === 'else' ? 1 : 0;
      const label = immediate === 'block' ? `$L${made++}` : '';
      const indent = '  '.repeat(labels.length + 2 - outer);
      bodies.push(`${indent}${op}${label && ` ${label}`}${this.immediate(immediate, op, labels)}${hint ? ` ;; ${hint}` : ''}`);
      if (label !== '') labels.push(label); else if (op === 'end') labels.pop();
    }
    if (r.at !== end) throw r.error(`function ${name} should have ended at byte ${end}; its last instruction does`);
    bodies.push('  )');
  }

  /** What follows the instruction's name, with a space in front; a comment last. */
  private immediate(kind: Instruction['immediate'], name: string, labels: readonly string[]): string {
    const { r } = this;
    const label = () => { const depth = r.u32(); return ` ${labels[labels.length - 1 - depth] ?? depth}`; };
    switch (kind) {
      case 'none': return '';
      case 'fence': r.skip(1); return '';
      case 'block': if (r.bytes[r.at] === 0x40) { r.skip(1); return ''; } return ` (result ${r.type()})`;
      case 'label': return label();
      case 'labels': return r.list(label).join('') + label();
      case 'function': return ` ${this.functionName(r.u32())}`;
      case 'signature': { const type = r.u32(), table = r.u32(); return ` ${this.tables[table] ?? table} (type $type${type})`; }
      case 'local': return ` $${r.u32()}`;
      case 'i32': case 'i64': return ` ${r.signed()}`;
      case 'f32': { const at = r.skip(4); return ` ${float(r.view.getFloat32(at, true), BigInt(r.view.getUint32(at, true)), 23, 32)}`; }
      case 'f64': { const at = r.skip(8); return ` ${float(r.view.getFloat64(at, true), r.view.getBigUint64(at, true), 52, 64)}`; }
      case 'v128': { const at = r.skip(16); return ` i32x4${[0, 4, 8, 12].map((k) => ` 0x${r.view.getUint32(at + k, true).toString(16).padStart(8, '0')}`).join('')}`; }
      case 'lanes': { const at = r.skip(16); return ` ${r.bytes.subarray(at, at + 16).join(' ')}`; }
      case 'lane': return ` ${r.byte()}`;
      case 'memory': return this.access(name);
      default: throw new Error(`${name}: nothing prints ${kind satisfies never}`);
    }
  }

  /** The memory argument: alignment is left out where it is the instruction's own. */
  private access(name: string): string {
    const { r } = this;
    const flags = r.u32(), index = flags & 0x40 ? r.u32() : 0, offset = r.u32(), align = flags & 0x3f;
    const memory = this.memories[index] ?? String(index);
    const cell = this.notes.cell?.(memory, name, offset);
    return ` ${memory}${offset ? ` offset=${offset}` : ''}${align === accessAlign(name) ? '' : ` align=${1 << align}`}${cell === undefined ? '' : ` ;; ${cell}`}`;
  }
}

/** The module as flat WebAssembly text, which other tools read too. Throws on what ModuleBuilder does not make. */
export function moduleText(bytes: Uint8Array, notes: Notes = {}): string { return new ModuleText(bytes, notes).text(); }
