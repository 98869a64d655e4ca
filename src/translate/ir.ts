// The intermediate representation: blocks of nodes in SSA form, guest state in typed slots, and a closed set of ends.
// It is what guests produce and both tiers consume. This file holds its types, verifier and printer.
import type { ValueType } from './wasm/code.ts';
import { ops, takesOffset, type Op } from './ops.ts';

/** A node's position in its block: how other nodes of the block name its value. */
export type Ref = number;

/**
 * Where guest code is: an address together with whatever else selects the decoding (ARM keeps the Thumb bit in bit 0).
 * Negative numbers name the blocks that one guest instruction makes inside a unit.
 */
export type Location = number;

/**
 * A cell of the CPU state: `offset` bytes from the state's start. Slots may overlap (s0, d0, q0).
 * A temporary (offset < 0) belongs to a unit: it carries a value between its blocks and is no part of the state.
 */
export type Slot = { readonly name: string; readonly offset: number; readonly type: ValueType };

export const slotBytes: Readonly<Record<ValueType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };

export function overlap(a: Slot, b: Slot): boolean {
  return a.offset < b.offset + slotBytes[b.type] && b.offset < a.offset + slotBytes[a.type];
}

export type Node = {
  readonly op: Op;
  readonly a: Ref;
  readonly b: Ref;
  readonly c: Ref;
  readonly imm: number;
  readonly imm2: number;
  readonly slot: Slot | null;
  readonly data: readonly number[] | null;
};

/** How a block ends. `next` and `ret` are where execution goes on after what the end asks for. */
export type End =
  | { readonly kind: 'goto'; readonly target: Location }
  | { readonly kind: 'branch'; readonly cond: Ref; readonly then: Location; readonly else: Location }
  /** A guest call: like goto, and `ret` is where the callee is expected to return to. */
  | { readonly kind: 'call'; readonly target: Location; readonly ret: Location }
  | { readonly kind: 'callIndirect'; readonly target: Ref; readonly ret: Location }
  /** A jump to a computed location; `return` says that it looks like the return of a call. */
  | { readonly kind: 'indirect'; readonly target: Ref }
  | { readonly kind: 'return'; readonly target: Ref }
  /** Leaves for the run loop with the state exact. It answers the location to go on at, usually `next`. */
  | { readonly kind: 'syscall'; readonly next: Location }
  /** An instruction that raises an exception at `pc`; `code` is the guest's own number for it, `info` a detail of it. */
  | { readonly kind: 'trap'; readonly code: TrapCode; readonly pc: Location; readonly info: number }
  /** Asks the run loop to run the guest's `callouts[which]` for the instruction at `pc`, then goes on at `next`. */
  | { readonly kind: 'callout'; readonly which: number; readonly pc: Location; readonly next: Location; readonly info: number };

/** Why an instruction stops: SIGILL, SIGTRAP, SIGFPE, SIGSEGV on fetch, SIGBUS. `unimplemented` is SIGILL plus a log line. */
export type TrapCode = 'illegal' | 'unimplemented' | 'breakpoint' | 'divide' | 'fetch' | 'alignment';

export type Block = {
  readonly id: Location;
  readonly nodes: readonly Node[];
  readonly end: End;
  /** Guest instructions in it, for budgets and statistics. */
  readonly instructions: number;
};

/** What translating from one location gives: blocks[0] starts at `pc`; the others have negative ids. */
export type Unit = {
  readonly pc: Location;
  readonly blocks: readonly Block[];
  /** The guest address range [from, to) whose bytes were decoded. */
  readonly from: number;
  readonly to: number;
};

/** The locations that a block may go on to without leaving translated code. */
export function successors(end: End): readonly Location[] {
  switch (end.kind) {
    case 'goto': return [end.target];
    case 'branch': return [end.then, end.else];
    case 'call': case 'callIndirect': return [end.ret];
    case 'syscall': case 'callout': return [end.next];
    case 'indirect': case 'return': case 'trap': return [];
  }
}

/** The refs that an end reads. */
export function endReads(end: End): readonly Ref[] {
  switch (end.kind) {
    case 'branch': return [end.cond];
    case 'callIndirect': case 'indirect': case 'return': return [end.target];
    default: return [];
  }
}

/** Throws an Error that quotes the block when it breaks a rule of the IR. Used by tests and by `-d op` runs. */
export function verify(block: Block, addressType: 'i32' | 'i64', pcType: 'i32' | 'i64' = addressType): void {
  const fail = (i: number, why: string): never => { throw new Error(`IR: node ${i}: ${why}\n${printBlock(block)}`); };
  const typeAt = (i: number, ref: Ref): ValueType => {
    const n = block.nodes[ref];
    if (n === undefined || ref >= i) return fail(i, `reads %${ref}, which is not before it`);
    return n.op.out ?? fail(i, `reads %${ref}, which has no value`);
  };
  block.nodes.forEach((n, i) => {
    if (ops[n.op.name] !== n.op) fail(i, `unknown operation ${n.op.name}`);
    [n.a, n.b, n.c].slice(0, n.op.in.length).forEach((ref, k) => {
      const want = n.op.in[k] === 'a' ? addressType : n.op.in[k];
      if (typeAt(i, ref) !== want) fail(i, `operand ${k} is ${typeAt(i, ref)}, wants ${want}`);
    });
    if (/\.[gs]et$/.test(n.op.name) && n.slot?.type !== n.op.name.slice(0, n.op.name.indexOf('.'))) fail(i, 'slot of another type');
  });
  const end = block.nodes.length;
  for (const ref of endReads(block.end)) {
    const want = block.end.kind === 'branch' ? 'i32' : pcType;
    if (typeAt(end, ref) !== want) fail(end, `end reads a ${typeAt(end, ref)}, wants ${want}`);
  }
}

export const hex = (n: number): string => (n < 0 ? `L${-n}` : `0x${n.toString(16)}`);

export function printNode(n: Node, i: number): string {
  if (n.op.name === 'insn') return `-- ${hex(n.imm)}`;
  const args = [n.a, n.b, n.c].slice(0, n.op.in.length).map((r) => `%${r}`);
  if (n.slot) args.unshift(n.slot.name);
  if (n.op.name.endsWith('.const')) args.push(n.data ? n.data.map((w) => hex(w >>> 0)).join(' ') : n.op.out === 'i32' ? String(n.imm) : `${n.imm2}:${n.imm}`);
  if (takesOffset(n.op) && n.imm !== 0) args.push(`+${n.imm}`);
  if (n.op.name.includes('lane')) args.push(`lane ${n.imm}`);
  if (n.op.name.endsWith('shuffle')) args.push(`[${n.data!.join(' ')}]`);
  return `${n.op.out ? `%${i} = ` : ''}${n.op.name} ${args.join(', ')}`.trimEnd();
}

export function printEnd(end: End): string {
  switch (end.kind) {
    case 'goto': return `goto ${hex(end.target)}`;
    case 'branch': return `branch %${end.cond} then ${hex(end.then)} else ${hex(end.else)}`;
    case 'call': return `call ${hex(end.target)} returning to ${hex(end.ret)}`;
    case 'callIndirect': return `call %${end.target} returning to ${hex(end.ret)}`;
    case 'indirect': return `goto %${end.target}`;
    case 'return': return `return %${end.target}`;
    case 'syscall': return `syscall then ${hex(end.next)}`;
    case 'trap': return `trap ${end.code} at ${hex(end.pc)}`;
    case 'callout': return `callout ${end.which} at ${hex(end.pc)} then ${hex(end.next)}`;
  }
}

export function printBlock(block: Block): string {
  const lines = block.nodes.map((n, i) => `  ${printNode(n, i)}`);
  return [`block ${hex(block.id)}`, ...lines, `  ${printEnd(block.end)}`].join('\n');
}
