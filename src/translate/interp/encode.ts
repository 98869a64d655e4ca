// Encodes IR blocks for tier 0: gives each value a cell in the state memory and lays the operations out as words.
import { overlap, type Block, type End, type Node, type Ref, type Slot, type Unit } from '../ir.ts';
import { CPU, TEMPS, TEMP_COUNT } from '../state.ts';
import type { Core } from './core.ts';

/** The thread's tier 0 code: words are appended at `at` (a byte offset in the state memory). */
export type CodeBuffer = { readonly i32: Int32Array; at: number };

/** What encoding asks of the engine. */
export type EncodeHooks = {
  /** A number for an end that leaves for TypeScript. */
  site(end: End): number;
  /** Executions before a unit's head is reported as hot; 0 for never. */
  readonly heat: number;
};

/** Where each guest instruction of a unit starts in its encoding, in ascending order: for faults. */
export type InsnMark = { readonly ip: number; readonly pc: number; readonly context: number };

const isConst = (n: Node): boolean => n.op.name.endsWith('.const');
const isGet = (n: Node): boolean => n.op.name.endsWith('.get');
const isSet = (n: Node): boolean => n.op.name.endsWith('.set');

/** Appends a unit and answers the address of its head. `marks`, when given, receives the instruction starts. */
export function encodeUnit(core: Core, unit: Unit, out: CodeBuffer, hooks: EncodeHooks, marks?: InsnMark[]): number {
  const head = out.at;
  const starts = new Map<number, number>();
  const internalLinks: { at: number; target: number }[] = [];
  const literals: { at: number; node: Node }[] = [];
  const words = out.i32;
  let at = out.at >> 2;
  const put = (w: number) => { words[at++] = w; };
  const putLocation = (n: number) => { put(n | 0); put(Math.floor(n / 4294967296)); };
  const link = (target: number) => {
    if (target < 0) internalLinks.push({ at, target });
    put(0);
  };

  const temps = new TempCells();
  for (const block of unit.blocks) {
    starts.set(block.id, at << 2);
    if (block.id === unit.pc) { put(core.controlOf('enter')); put(hooks.heat); putLocation(unit.pc); }
    const cells = assignCells(block, temps);
    const operand = (ref: Ref) => {
      const n = block.nodes[ref]!;
      if (isConst(n)) { literals.push({ at, node: n }); put(0); } else put(cells[ref]!);
    };
    block.nodes.forEach((n, i) => {
      const name = n.op.name;
      if (name === 'insn') { marks?.push({ ip: at << 2, pc: n.imm, context: n.imm2 }); return; }
      if (isConst(n)) return;
      if (isGet(n)) {
        if (cells[i] === NO_CELL || cells[i] === cellOf(n.slot!)) return;
        put(core.copyOf(n.slot!.type)); put(cells[i]!); put(cellOf(n.slot!));
        return;
      }
      if (isSet(n)) {
        if (cells[n.a] === cellOf(n.slot!) && !isConst(block.nodes[n.a]!) && !isGet(block.nodes[n.a]!)) return;
        put(core.copyOf(n.slot!.type)); put(cellOf(n.slot!)); operand(n.a);
        return;
      }
      if (n.op.effect === 'none' && cells[i] === NO_CELL) return;
      if (name === 'i8x16.shuffle') {
        put(core.controlOf('shuffle')); put(cells[i]!); operand(n.a); operand(n.b);
        literals.push({ at, node: n }); put(0);
        return;
      }
      put(core.handlerOf(n.op, n.imm));
      if (n.op.out) put(cells[i] === NO_CELL ? temps.waste : cells[i]!);
      if (n.op.in.length > 0) operand(n.a);
      if (n.op.in.length > 1) operand(n.b);
      if (n.op.in.length > 2) operand(n.c);
    });
    const e = block.end;
    switch (e.kind) {
      case 'goto': put(core.controlOf('goto')); link(e.target); putLocation(e.target); break;
      case 'branch':
        put(core.controlOf('branch')); operand(e.cond); link(e.then); link(e.else); putLocation(e.then); putLocation(e.else); break;
      case 'call': put(core.controlOf('call')); put(0); putLocation(e.target); link(e.ret); putLocation(e.ret); break;
      case 'callIndirect': put(core.controlOf('callIndirect')); operand(e.target); link(e.ret); putLocation(e.ret); break;
      case 'indirect': put(core.controlOf('indirect')); operand(e.target); break;
      case 'return': put(core.controlOf('return')); operand(e.target); break;
      case 'syscall': case 'callout':
        put(core.controlOf('leave')); put(hooks.site(e)); link(e.next); putLocation(e.next); break;
      case 'trap': put(core.controlOf('leave')); put(hooks.site(e)); put(0); putLocation(e.pc); break;
    }
  }
  for (const { at: word, target } of internalLinks) words[word] = starts.get(target)!;
  at = (at + 3) & ~3;
  const known = new Map<string, number>();
  for (const { at: word, node } of literals) {
    const key = literalKey(node);
    let cell = known.get(key);
    if (cell === undefined) {
      cell = at << 2;
      known.set(key, cell);
      if (node.op.name === 'i8x16.shuffle') for (let i = 0; i < 4; i++) put(packBytes(node.data!, 4 * i));
      else if (node.data) for (const w of node.data) put(w);
      else { put(node.imm); put(node.imm2); }
      at = (at + 1) & ~1;
    }
    words[word] = cell;
  }
  out.at = ((at + 3) & ~3) << 2;
  return head;
}

/** Bytes that a unit's encoding may take at most: to know beforehand that the buffer has room. */
export function encodedBound(unit: Unit): number {
  return unit.blocks.reduce((n, b) => n + b.nodes.length * 40 + 64, 64);
}

const packBytes = (b: readonly number[], i: number) => b[i]! | b[i + 1]! << 8 | b[i + 2]! << 16 | b[i + 3]! << 24;

function literalKey(n: Node): string {
  if (n.op.name === 'i8x16.shuffle') return `s${n.data!.join()}`;
  return n.data ? `v${n.data.join()}` : n.op.out === 'i32' || n.op.out === 'f32' ? `w${n.imm}` : `d${n.imm},${n.imm2}`;
}

const NO_CELL = 0;

/** The cell of a slot: in the CPU state, or a unit's temporary from the top of the temporaries down. */
function cellOf(slot: Slot): number {
  return slot.offset >= 0 ? CPU + slot.offset : TEMPS + (TEMP_COUNT << 4) + slot.offset - 16;
}

/** Hands out temporaries of 16 bytes; a block starts anew. */
class TempCells {
  private readonly free: number[] = [];
  private next = 1;
  /** Where values nobody reads go. */
  readonly waste = TEMPS;

  reset(): void { this.free.length = 0; this.next = 1; }
  take(): number {
    const cell = this.free.pop() ?? this.next++;
    if (cell >= TEMP_COUNT - 256) throw new Error('a block needs more temporaries than tier 0 has');
    return TEMPS + (cell << 4);
  }
  give(cell: number): void { this.free.push((cell - TEMPS) >> 4); }
}

/**
 * A cell for each value of a block. A get is its slot itself while nothing writes the slot; a value that goes straight
 * into a slot is computed there. Everything else gets a temporary. NO_CELL for what nobody reads.
 */
function assignCells(block: Block, temps: TempCells): Int32Array {
  const { nodes, end } = block;
  const n = nodes.length;
  const lastUse = new Int32Array(n).fill(-1);
  const use = (ref: Ref, at: number) => { if (at > lastUse[ref]!) lastUse[ref] = at; };
  for (let i = 0; i < n; i++) {
    const node = nodes[i]!;
    const k = node.op.in.length;
    if (k > 0) use(node.a, i);
    if (k > 1) use(node.b, i);
    if (k > 2) use(node.c, i);
  }
  if (end.kind === 'branch') use(end.cond, n);
  if (end.kind === 'callIndirect' || end.kind === 'indirect' || end.kind === 'return') use(end.target, n);

  const sets: { at: number; slot: Slot }[] = [];
  for (let i = 0; i < n; i++) if (isSet(nodes[i]!)) sets.push({ at: i, slot: nodes[i]!.slot! });
  const writtenBetween = (slot: Slot, from: number, to: number) => sets.some((s) => s.at > from && s.at < to && overlap(s.slot, slot));

  const cells = new Int32Array(n);
  /** The slot whose cell a value lives in, where it does. */
  const home: (Slot | undefined)[] = new Array(n);
  // Gets that are their slots. One is still good when the node that writes the slot reads it.
  for (let i = 0; i < n; i++) {
    const node = nodes[i]!;
    if (isGet(node) && lastUse[i]! >= 0 && !writtenBetween(node.slot!, i, lastUse[i]!)) { cells[i] = cellOf(node.slot!); home[i] = node.slot!; }
  }
  // Values computed in place.
  for (const { at, slot } of sets) {
    const v = nodes[at]!.a;
    const node = nodes[v]!;
    if (cells[v] !== NO_CELL || isConst(node) || isGet(node) || node.op.effect === 'write' || at - v > 16) continue;
    if (writtenBetween(slot, v, at) || writtenBetween(slot, at, lastUse[v]!)) continue;
    let clear = true;
    for (let k = v + 1; k < at && clear; k++) {
      const between = nodes[k]!;
      if (between.op.effect === 'read' || between.op.effect === 'write' || isGet(between) && overlap(between.slot!, slot)) clear = false;
    }
    // No earlier value in the slot may live on past the new value's birth.
    for (let k = 0; k < v && clear; k++) if (lastUse[k]! > v && home[k] !== undefined && overlap(home[k]!, slot)) clear = false;
    if (clear) { cells[v] = cellOf(slot); home[v] = slot; }
  }
  temps.reset();
  const expiring = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const node = nodes[i]!;
    if (cells[i] === NO_CELL && node.op.out && lastUse[i]! >= 0 && !isConst(node)) {
      cells[i] = temps.take();
      const list = expiring.get(lastUse[i]!);
      if (list) list.push(i); else expiring.set(lastUse[i]!, [i]);
    }
    for (const dead of expiring.get(i) ?? []) temps.give(cells[dead]!);
  }
  return cells;
}

