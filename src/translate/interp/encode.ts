// Encodes IR blocks for tier 0: gives each value a cell in the state memory and lays the operations out as words. All
// code that runs at all passes through here once, mostly before V8 has compiled this file: plain loops, no closures.
import { overlap, type Block, type End, type Node, type Slot, type Unit } from '../ir.ts';
import { CONST, GET, INSN, SET, SHUFFLE } from '../ops.ts';
import { CPU, TEMPS, TEMP_COUNT } from '../state.ts';
import type { Core } from './core.ts';

/** The thread's tier 0 code: words are appended at `at` (a byte offset in the state memory). */
export type CodeBuffer = { readonly i32: Int32Array; at: number };

/** What encoding asks of the engine. */
export type EncodeHooks = {
  /** A number for an end that leaves for TypeScript. */
  site(end: End): number;
};

/** Where each guest instruction of a unit starts in its encoding, in ascending order: for faults. */
export type InsnMark = { readonly ip: number; readonly pc: number; readonly context: number };

const NO_CELL = 0;
/** A cell for values that nobody reads. */
const WASTE = TEMPS;
/** Temporaries for values come from the bottom, those that carry values between blocks from the top. */
const TEMP_LIMIT = TEMP_COUNT - 256;

/** Bytes that a unit's encoding may take at most: to know beforehand that the buffer has room. */
export function encodedBound(unit: Unit): number {
  let bytes = 64;
  for (const b of unit.blocks) bytes += b.nodes.length * 40 + 64;
  return bytes;
}

/** The cell of a slot: in the CPU state, or a unit's temporary from the top of the temporaries down. */
const cellOf = (slot: Slot): number => (slot.offset >= 0 ? CPU + slot.offset : TEMPS + (TEMP_COUNT << 4) + slot.offset - 16);

export class Encoder {
  private readonly core: Core;
  private readonly hooks: EncodeHooks;
  /** Where the last unit's literals start: bytes in the state memory, the end of its code. */
  literalsAt = 0;
  private words: Int32Array = new Int32Array(0);
  /** The next word. */
  private at = 0;

  // Of the block at hand, by node: its cell, the slot whose cell that is, and the last node that reads it.
  private cells = new Int32Array(1024);
  private lastUse = new Int32Array(1024);
  private home: (Slot | null)[] = [];
  /** Its sets: their nodes' numbers. */
  private readonly sets: number[] = [];
  /** Temporaries that are free; and by node, a list of the values that nobody reads after it. */
  private readonly free: number[] = [];
  private nextTemp = 1;
  private expires = new Int32Array(1025);
  private nextExpiring = new Int32Array(1024);

  // Of the unit at hand: words that need the address of a literal or of a block.
  private readonly literalWords: number[] = [];
  private readonly literalNodes: Node[] = [];
  private readonly linkWords: number[] = [];
  private readonly linkTargets: number[] = [];
  private readonly starts = new Map<number, number>();

  constructor(core: Core, hooks: EncodeHooks) {
    this.core = core;
    this.hooks = hooks;
  }

  /** Appends a unit and answers the address of its head. `heat`: executions before the head is reported as hot, 0 for never. */
  unit(unit: Unit, heat: number, out: CodeBuffer, marks?: InsnMark[]): number {
    this.words = out.i32;
    this.at = out.at >> 2;
    this.literalWords.length = this.literalNodes.length = this.linkWords.length = this.linkTargets.length = 0;
    const internal = unit.blocks.length > 1;
    if (internal) this.starts.clear();
    for (const block of unit.blocks) {
      if (internal) this.starts.set(block.id, this.at << 2);
      if (block.id === unit.pc) { this.put(this.core.controlOf('enter')); this.put(heat); this.location(unit.pc); }
      this.assignCells(block);
      this.nodes(block, marks);
      this.end(block);
    }
    for (let i = 0; i < this.linkWords.length; i++) this.words[this.linkWords[i]!] = this.starts.get(this.linkTargets[i]!)!;
    this.literalsAt = this.at << 2;
    this.literals();
    const head = out.at;
    out.at = ((this.at + 3) & ~3) << 2;
    return head;
  }

  private put(word: number): void { this.words[this.at++] = word; }
  private location(n: number): void { this.put(n | 0); this.put(Math.floor(n / 4294967296)); }

  private link(target: number): void {
    if (target < 0) { this.linkWords.push(this.at); this.linkTargets.push(target); }
    this.put(0);
  }

  private operand(block: Block, ref: number): void {
    const n = block.nodes[ref]!;
    if (n.op.kind === CONST) { this.literalWords.push(this.at); this.literalNodes.push(n); this.put(0); } else this.put(this.cells[ref]!);
  }

  private nodes(block: Block, marks: InsnMark[] | undefined): void {
    const { nodes } = block;
    const { cells, core } = this;
    for (let i = 0; i < nodes.length; i++) {
      const n = nodes[i]!;
      const { op } = n;
      const cell = cells[i]!;
      switch (op.kind) {
        case INSN: marks?.push({ ip: this.at << 2, pc: n.imm, context: n.imm2 }); continue;
        case CONST: continue;
        case GET:
          if (cell === NO_CELL || cell === cellOf(n.slot!)) continue;
          this.put(core.copyOf(n.slot!.type)); this.put(cell); this.put(cellOf(n.slot!));
          continue;
        case SET: {
          const to = cellOf(n.slot!);
          const kind = nodes[n.a]!.op.kind;
          if (cells[n.a] === to && kind !== CONST && kind !== GET) continue;
          this.put(core.copyOf(n.slot!.type)); this.put(to); this.operand(block, n.a);
          continue;
        }
      }
      if (op.effect === 'none' && cell === NO_CELL) continue;
      if (op.kind === SHUFFLE) {
        this.put(core.controlOf('shuffle')); this.put(cell); this.operand(block, n.a); this.operand(block, n.b);
        this.literalWords.push(this.at); this.literalNodes.push(n); this.put(0);
        continue;
      }
      this.put(core.handlerOf(op, n.imm));
      if (op.out !== null) this.put(cell === NO_CELL ? WASTE : cell);
      if (op.arity > 0) this.operand(block, n.a);
      if (op.arity > 1) this.operand(block, n.b);
      if (op.arity > 2) this.operand(block, n.c);
    }
  }

  private end(block: Block): void {
    const { core } = this;
    const e = block.end;
    switch (e.kind) {
      case 'goto': this.put(core.controlOf('goto')); this.link(e.target); this.location(e.target); return;
      case 'branch':
        this.put(core.controlOf('branch')); this.operand(block, e.cond);
        this.link(e.then); this.link(e.else); this.location(e.then); this.location(e.else);
        return;
      case 'call': this.put(core.controlOf('call')); this.put(0); this.location(e.target); this.link(e.ret); this.location(e.ret); return;
      case 'callIndirect': this.put(core.controlOf('callIndirect')); this.operand(block, e.target); this.link(e.ret); this.location(e.ret); return;
      case 'indirect': this.put(core.controlOf('indirect')); this.operand(block, e.target); return;
      case 'return': this.put(core.controlOf('return')); this.operand(block, e.target); return;
      case 'syscall': case 'callout': this.put(core.controlOf('leave')); this.put(this.hooks.site(e)); this.link(e.next); this.location(e.next); return;
      case 'trap': this.put(core.controlOf('leave')); this.put(this.hooks.site(e)); this.put(0); this.location(e.pc); return;
    }
  }

  /** Lays out the constants that the unit's words name, equal i32 ones once. */
  private literals(): void {
    const { literalNodes, literalWords } = this;
    if (literalNodes.length === 0) return;
    const first = this.at;
    for (let i = 0; i < literalNodes.length; i++) {
      const n = literalNodes[i]!;
      let cell = 0;
      for (let k = 0; k < i && cell === 0; k++) if (literalNodes[k] === n || n.op.out === 'i32' && literalNodes[k]!.op === n.op && literalNodes[k]!.imm === n.imm) cell = this.words[literalWords[k]!]!;
      if (cell === 0) {
        cell = this.at << 2;
        if (n.op.kind === SHUFFLE) for (let b = 0; b < 16; b += 4) this.put(n.data![b]! | n.data![b + 1]! << 8 | n.data![b + 2]! << 16 | n.data![b + 3]! << 24);
        else if (n.data !== null) for (const w of n.data) this.put(w);
        else { this.put(n.imm); this.put(n.imm2); }
      }
      this.words[literalWords[i]!] = cell;
    }
    if (this.at - first > literalNodes.length * 4) throw new Error('literals take more room than was counted');
  }

  // Cells.

  private writtenBetween(nodes: readonly Node[], slot: Slot, from: number, to: number): boolean {
    const { sets } = this;
    for (let i = 0; i < sets.length; i++) {
      const at = sets[i]!;
      if (at > from && at < to && overlap(nodes[at]!.slot!, slot)) return true;
    }
    return false;
  }

  /**
   * A cell for each value of a block. A get is its slot itself while nothing writes the slot; a value that goes straight
   * into a slot is computed there. Everything else gets a temporary. NO_CELL for what nobody reads.
   */
  private assignCells(block: Block): void {
    const { nodes } = block;
    const n = nodes.length;
    if (n > this.cells.length) this.grow(n);
    const { cells, lastUse, home, sets } = this;
    sets.length = 0;
    for (let i = 0; i < n; i++) {
      const node = nodes[i]!;
      cells[i] = NO_CELL;
      lastUse[i] = -1;
      home[i] = null;
      const { arity } = node.op;
      if (arity > 0) { lastUse[node.a] = i; if (arity > 1) { lastUse[node.b] = i; if (arity > 2) lastUse[node.c] = i; } }
      if (node.op.kind === SET) sets.push(i);
    }
    const e = block.end;
    if (e.kind === 'branch') lastUse[e.cond] = n;
    else if (e.kind === 'callIndirect' || e.kind === 'indirect' || e.kind === 'return') lastUse[e.target] = n;

    // Gets that are their slots. One is still good when the node that writes the slot reads it.
    for (let i = 0; i < n; i++) {
      const node = nodes[i]!;
      if (node.op.kind !== GET || lastUse[i]! < 0 || this.writtenBetween(nodes, node.slot!, i, lastUse[i]!)) continue;
      cells[i] = cellOf(node.slot!);
      home[i] = node.slot;
    }
    for (let i = 0; i < sets.length; i++) this.computeInPlace(nodes, sets[i]!);
    this.assignTemps(nodes);
  }

  /** Lets the value that the set at node `at` stores be computed in the slot's own cell, if nobody can tell. */
  private computeInPlace(nodes: readonly Node[], at: number): void {
    const { cells, lastUse, home } = this;
    const slot = nodes[at]!.slot!;
    const v = nodes[at]!.a;
    const { kind, effect } = nodes[v]!.op;
    if (cells[v] !== NO_CELL || kind === CONST || kind === GET || effect === 'write' || at - v > 16) return;
    if (this.writtenBetween(nodes, slot, v, at) || this.writtenBetween(nodes, slot, at, lastUse[v]!)) return;
    for (let k = v + 1; k < at; k++) {
      const { op } = nodes[k]!;
      if (op.effect === 'read' || op.effect === 'write' || op.kind === GET && overlap(nodes[k]!.slot!, slot)) return;
    }
    // No earlier value in the slot may live on past the new value's birth.
    for (let k = 0; k < v; k++) if (lastUse[k]! > v && home[k] !== null && overlap(home[k]!, slot)) return;
    cells[v] = cellOf(slot);
    home[v] = slot;
  }

  private assignTemps(nodes: readonly Node[]): void {
    const { cells, lastUse, free, expires, nextExpiring } = this;
    const n = nodes.length;
    free.length = 0;
    this.nextTemp = 1;
    expires.fill(-1, 0, n + 1);
    for (let i = 0; i < n; i++) {
      const { op } = nodes[i]!;
      if (cells[i] === NO_CELL && op.out !== null && lastUse[i]! >= 0 && op.kind !== CONST) {
        const temp = free.length > 0 ? free.pop()! : this.nextTemp++;
        if (temp >= TEMP_LIMIT) throw new Error('a block needs more temporaries than tier 0 has');
        cells[i] = TEMPS + (temp << 4);
        nextExpiring[i] = expires[lastUse[i]!]!;
        expires[lastUse[i]!] = i;
      }
      for (let dead = expires[i]!; dead >= 0; dead = nextExpiring[dead]!) free.push((cells[dead]! - TEMPS) >> 4);
    }
  }

  private grow(n: number): void {
    const size = 2 * n;
    this.cells = new Int32Array(size);
    this.lastUse = new Int32Array(size);
    this.expires = new Int32Array(size + 1);
    this.nextExpiring = new Int32Array(size);
  }
}
