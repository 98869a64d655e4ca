// Builds units of IR. Guests' semantics call it; it numbers nodes, folds constants and forwards slots as it goes.
import { opNamed, ops, type Op } from './ops.ts';
import { slotBytes, type Block, type End, type Location, type Node, type Ref, type Slot, type Unit } from './ir.ts';
import { CPU_BYTES } from './state.ts';
import type { ValueType } from './wasm/code.ts';
import { dropDead } from './passes/dead.ts';

const i32const = ops['i32.const']!;
const insnOp = ops['insn']!;
const getOps: Readonly<Record<ValueType, Op>> = { i32: ops['i32.get']!, i64: ops['i64.get']!, f32: ops['f32.get']!, f64: ops['f64.get']!, v128: ops['v128.get']! };
const setOps: Readonly<Record<ValueType, Op>> = { i32: ops['i32.set']!, i64: ops['i64.set']!, f32: ops['f32.set']!, f64: ops['f64.set']!, v128: ops['v128.set']! };

/** i32 operations on two constants; what the table lacks is not folded. */
const folds: Readonly<Record<string, (a: number, b: number) => number>> = {
  'i32.add': (a, b) => (a + b) | 0, 'i32.sub': (a, b) => (a - b) | 0, 'i32.and': (a, b) => a & b, 'i32.or': (a, b) => a | b,
  'i32.xor': (a, b) => a ^ b, 'i32.shl': (a, b) => a << b, 'i32.shr_u': (a, b) => (a >>> b) | 0, 'i32.shr_s': (a, b) => a >> b,
  'i32.rotl': (a, b) => (a << (b & 31)) | (a >>> (-b & 31)), 'i32.rotr': (a, b) => (a >>> (b & 31)) | (a << (-b & 31)),
  'i32.mul': Math.imul, 'i32.eq': (a, b) => +(a === b), 'i32.ne': (a, b) => +(a !== b),
  'i32.lt_u': (a, b) => +(a >>> 0 < b >>> 0), 'i32.lt_s': (a, b) => +(a < b),
};
/** Operations for which a constant 0 on the right gives the left operand. */
const zeroIsNeutral = new Set(['i32.add', 'i32.sub', 'i32.or', 'i32.xor', 'i32.shl', 'i32.shr_u', 'i32.shr_s', 'i32.rotl', 'i32.rotr']);
/** The same two tables by operation number: this is the hottest code of a cold start. */
const foldOf: (((a: number, b: number) => number) | undefined)[] = [];
const neutralZero: boolean[] = [];
for (const op of Object.values(ops)) { foldOf[op.index] = folds[op.name]; neutralZero[op.index] = zeroIsNeutral.has(op.name); }
const andIndex = ops['i32.and']!.index;

/** Entries of the table of a block's constants (a power of two), and words of CPU state. */
const CONSTANTS = 64, STATE_WORDS = CPU_BYTES >> 2;

export type BuilderOptions = {
  /** Fold constants, let a get see the last set of its block, drop what is dead. Off for debugging. */
  readonly fold: boolean;
};

export class Builder {
  private blocks: Block[] = [];
  private nodes: Node[] = [];
  private id: Location = 0;
  private ended = true;
  private nextInternal = -1;
  private nextTemp = -16;
  private instructions = 0;
  // What is known of the current block: constants made, and the value each slot holds. Kept in arrays by hash and by
  // state word, where entries of earlier blocks are told by their stamp.
  private stamp = 0;
  private readonly constantStamp = new Int32Array(CONSTANTS);
  private readonly constantValue = new Int32Array(CONSTANTS);
  private readonly constantRef = new Int32Array(CONSTANTS);
  private readonly heldStamp = new Int32Array(STATE_WORDS);
  private readonly heldRef = new Int32Array(STATE_WORDS);
  private readonly heldSlot: (Slot | undefined)[] = new Array(STATE_WORDS);
  /** When each word of the state was last written, in stamps. */
  private readonly written = new Int32Array(STATE_WORDS);
  private blockStamp = 0;
  private readonly options: BuilderOptions;
  /** Moves up by one with every new block: lets a guest's own cross-instruction knowledge (flags) expire with the block. */
  epoch = 0;
  /** False while the instructions at hand must stay in one unit (an IT block); a guest's translator sets it. */
  splittable = true;

  constructor(options: BuilderOptions = { fold: true }) { this.options = options; }

  /** Forgets what was begun and not finished: a builder serves one unit after another. */
  reset(): void {
    this.blocks = [];
    this.ended = true;
    this.splittable = true;
    this.nextInternal = -1;
    this.nextTemp = -16;
  }

  /** Starts a block. `id` is a guest location, or what `newBlock` gave. */
  start(id: Location): void {
    if (!this.ended) throw new Error('the block before has not ended');
    this.id = id;
    this.nodes = [];
    this.instructions = 0;
    this.ended = false;
    this.blockStamp = ++this.stamp;
    this.epoch++;
  }

  /** A name for a block inside the unit. */
  newBlock(): Location { return this.nextInternal--; }

  /** True when the current block has its end: nothing may be appended before `start`. */
  get hasEnded(): boolean { return this.ended; }

  end(end: End): void {
    if (this.ended) throw new Error('the block has ended already');
    this.blocks.push({ id: this.id, nodes: this.nodes, end, instructions: this.instructions });
    this.ended = true;
  }

  /** All blocks since the builder was made or last finished. */
  finish(pc: Location, from: number, to: number): Unit {
    if (!this.ended) throw new Error('the last block has not ended');
    const unit = { pc, blocks: this.options.fold ? this.blocks.map(dropDead) : this.blocks, from, to };
    this.reset();
    return unit;
  }

  private push(op: Op, a: Ref, b: Ref, c: Ref, imm: number, imm2: number, slot: Slot | null, data: readonly number[] | null): Ref {
    if (this.ended) throw new Error(`${op.name} after the end of its block`);
    return this.nodes.push({ op, a, b, c, imm, imm2, slot, data }) - 1;
  }

  /** Marks the start of a guest instruction. `context` is what a fault in it must restore besides the location (ARM: ITSTATE). */
  insn(pc: Location, context = 0): void {
    this.instructions++;
    this.push(insnOp, 0, 0, 0, pc, context, null, null);
  }

  i32(value: number): Ref {
    value |= 0;
    const at = (value ^ value >>> 6 ^ value >>> 16) & (CONSTANTS - 1);
    if (this.constantStamp[at] === this.blockStamp && this.constantValue[at] === value) return this.constantRef[at]!;
    const ref = this.push(i32const, 0, 0, 0, value, 0, null, null);
    this.constantStamp[at] = this.blockStamp;
    this.constantValue[at] = value;
    this.constantRef[at] = ref;
    return ref;
  }

  i64(low: number, high: number = low >> 31): Ref { return this.push(ops['i64.const']!, 0, 0, 0, low | 0, high | 0, null, null); }
  f32bits(bits: number): Ref { return this.push(ops['f32.const']!, 0, 0, 0, bits | 0, 0, null, null); }
  f64bits(low: number, high: number): Ref { return this.push(ops['f64.const']!, 0, 0, 0, low | 0, high | 0, null, null); }
  /** A vector constant of four words, the lowest first. */
  v128(words: readonly [number, number, number, number]): Ref { return this.push(ops['v128.const']!, 0, 0, 0, 0, 0, null, words.map((w) => w | 0)); }

  /** The value of an i32 constant node, or undefined. */
  constant(ref: Ref): number | undefined {
    const n = this.nodes[ref]!;
    return n.op === i32const ? n.imm : undefined;
  }

  /** Any operation of the table by name. `imm` is the lane of a lane operation. */
  op(name: string, a: Ref = 0, b: Ref = 0, c: Ref = 0, imm = 0): Ref {
    const row = opNamed(name);
    if (row === undefined) throw new Error(`no IR operation ${name}`);
    const fold = foldOf[row.index];
    if (fold !== undefined && this.options.fold) {
      const y = this.constant(b);
      if (y !== undefined) {
        const x = this.constant(a);
        if (x !== undefined) return this.i32(fold(x, y));
        if (y === 0 && neutralZero[row.index]) return a;
        if (y === -1 && row.index === andIndex) return a;
      }
    }
    return this.push(row, a, b, c, imm, 0, null, null);
  }

  /** 16 byte numbers, 0-15 from a and 16-31 from b. */
  shuffle(a: Ref, b: Ref, lanes: readonly number[]): Ref { return this.push(ops['i8x16.shuffle']!, a, b, 0, 0, 0, null, lanes); }

  get(slot: Slot): Ref {
    const at = slot.offset >> 2;
    if (at < 0) return this.push(getOps[slot.type], 0, 0, 0, 0, 0, slot, null);
    if (this.options.fold && this.heldSlot[at] === slot && this.heldStamp[at]! >= this.blockStamp && this.unwrittenSince(slot, this.heldStamp[at]!)) return this.heldRef[at]!;
    const ref = this.push(getOps[slot.type], 0, 0, 0, 0, 0, slot, null);
    this.hold(slot, ref);
    return ref;
  }

  set(slot: Slot, value: Ref): void {
    this.push(setOps[slot.type], value, 0, 0, 0, 0, slot, null);
    const at = slot.offset >> 2;
    if (at < 0) return;
    this.stamp++;
    for (let w = at, end = at + (slotBytes[slot.type] >> 2); w < end; w++) this.written[w] = this.stamp;
    this.hold(slot, value);
  }

  private hold(slot: Slot, ref: Ref): void {
    const at = slot.offset >> 2;
    this.heldSlot[at] = slot;
    this.heldRef[at] = ref;
    this.heldStamp[at] = this.stamp;
  }

  private unwrittenSince(slot: Slot, stamp: number): boolean {
    const at = slot.offset >> 2;
    for (let w = at, end = at + (slotBytes[slot.type] >> 2); w < end; w++) if (this.written[w]! > stamp) return false;
    return true;
  }

  /** A cell that carries a value from one block of the unit to another. Not part of the guest's state. */
  temp(type: ValueType): Slot {
    const slot = { name: `t${-this.nextTemp >> 4}`, offset: this.nextTemp, type };
    this.nextTemp -= 16;
    return slot;
  }

  /** Runs `body` only if `cond` (an i32) is not zero. What follows is a new block; values do not cross, slots do. */
  when(cond: Ref, body: () => void): void {
    const then = this.newBlock();
    const join = this.newBlock();
    this.end({ kind: 'branch', cond, then, else: join });
    this.start(then);
    body();
    if (!this.ended) this.end({ kind: 'goto', target: join });
    this.start(join);
  }
}
