// The IR's operations: one row each. Most are WebAssembly's own instructions (wasm/opcodes.ts); the rest are composed
// here of several. A row is all that the builder, the verifier, the printer and both tiers know of an operation.
import { Code, type MemoryIndex, type ValueType } from './wasm/code.ts';
import { numeric, vector, lane, loads, stores, atomics } from './wasm/opcodes.ts';
import { CPU, FLOAT_CELLS, FLOAT_FLAGS } from './state.ts';
import { environmentOps } from './float/ops.ts';
import { vectorOps } from './float/vector-ops.ts';
import { halfOps } from './float/half-ops.ts';

/** What an operation does besides giving a value. `read` and `write` touch guest memory and may fault; `flags` those of floating point. */
export type Effect = 'none' | 'read' | 'write' | 'state' | 'flags';

/** 'a' is the guest's address type: i32 or i64. */
export type OperandType = ValueType | 'a';

/** What an operation is to the tiers: most are plain; the others they treat each in its own way. */
export const PLAIN = 0, CONST = 1, GET = 2, SET = 3, INSN = 4, SHUFFLE = 5;

export type Op = {
  readonly name: string;
  readonly kind: 0 | 1 | 2 | 3 | 4 | 5;
  /** Operands. */
  readonly arity: number;
  /** A small number, unique to the row. */
  readonly index: number;
  readonly in: readonly OperandType[];
  readonly out: ValueType | null;
  readonly effect: Effect;
  /** True when `emit` pushes each operand once, in order: then an operand may be computed in place. */
  readonly inOrder: boolean;
  /** Appends the code. `arg(i)` pushes operand i; `imm` is the node's immediate (a lane number). */
  readonly emit: (code: Code, arg: (i: number) => void, imm: number, guestMemory: MemoryIndex) => void;
};

const rows: Record<string, Op> = {};
let count = 0;

type Types = { readonly operands: readonly OperandType[]; readonly out: ValueType | null };
/** By signature: there are few of them for many operations. */
const types = new Map<string, Types>();

function typesOf(signature: string): Types {
  let known = types.get(signature);
  if (known === undefined) {
    const [left, right] = signature.split('->').map((side) => side.split(' ').filter((word) => word !== ''));
    known = { operands: left as OperandType[], out: (right![0] as ValueType | undefined) ?? null };
    types.set(signature, known);
  }
  return known;
}

function add(name: string, signature: string, effect: Effect, inOrder: boolean, emit: Op['emit']): void {
  const { operands, out } = typesOf(signature);
  rows[name] = { name, kind: kindOf(name), arity: operands.length, index: count++, in: operands, out, effect, inOrder, emit };
}

function kindOf(name: string): Op['kind'] {
  const last = name.slice(name.indexOf('.') + 1);
  return last === 'const' ? CONST : last === 'get' ? GET : last === 'set' ? SET : name === 'insn' ? INSN : name === 'i8x16.shuffle' ? SHUFFLE : PLAIN;
}

/** Bytes that an operation on memory loads or stores, by its name: the number in it, else its type's size. */
export function accessBytes(name: string): number {
  if (name.endsWith('.check_aligned')) return 0;
  const bits = /(?:load|store|rmw)(\d+)/.exec(name)?.[1] ?? /^[a-z]+(\d+)\./.exec(name)?.[1] ?? '0';
  return Number(bits) / 8;
}

for (const [name, [, signature]] of [...Object.entries(numeric), ...Object.entries(vector), ...Object.entries(lane)]) {
  const { length } = typesOf(signature).operands;
  add(name, signature, 'none', true, (code, arg, imm) => {
    for (let i = 0; i < length; i++) arg(i);
    code.op(name, imm);
  });
}
/**
 * Where V8 knows that an atomic access may trap because of the page's rights. Its baseline compiler never does: a fault there is
 * the process's end, so functions with atomic accesses must be optimised before they run (`isAtomic`). And of these it knows
 * only the loads: an exchange of zero for zero before them finds out whether the page can be written.
 */
const HALF_PROTECTED = /\.atomic\.rmw\.(add|and|or|xor)$/;
export const isAtomic = (op: string): boolean => /\.atomic\.(load|store|rmw)/.test(op);
for (const [effect, table] of [['read', loads], ['write', stores], ['write', atomics]] as const) {
  for (const [name, [, signature]] of Object.entries(table)) {
    const { length } = typesOf(signature).operands;
    add(name, signature, effect, true, (code, arg, imm, guestMemory) => {
      if (HALF_PROTECTED.test(name)) {
        const zero = () => { if (name.startsWith('i64')) code.i64(0, 0); else code.i32(0); };
        arg(0); zero(); zero(); code.access(`${name.slice(0, 3)}.atomic.rmw.cmpxchg`, guestMemory); code.drop();
      }
      for (let i = 0; i < length; i++) arg(i);
      code.access(name, guestMemory, imm);
    });
  }
}
/** The state memory's index, given the guest memory's. */
const stateOf = (guestMemory: MemoryIndex): MemoryIndex => (guestMemory === 0 ? 1 : 0);
/** Whether the immediate of an access is an offset that is added to its address. */
export const takesOffset = (op: Op): boolean => (op.effect === 'read' || op.effect === 'write') && (op.name in loads || op.name in stores);

/**
 * Traps, as an atomic access does that is not aligned, if the address has any of the bits; costs a test where it does not. In the rare
 * case an unaligned atomic access is what traps: it does so before it touches memory, so that this is none of the atomic operations (`isAtomic`).
 */
add('i32.check_aligned', 'i32 i32 ->', 'read', true, (code, arg, _imm, guestMemory) => {
  arg(0); arg(1); code.op('i32.and'); code.unlikely(); code.if();
  // Of the state memory, whose addresses are i32 for every guest.
  code.i32(1); code.access('i32.atomic.load', stateOf(guestMemory)); code.drop();
  code.end();
});

/** Orders all accesses before it with all after. */
add('atomic.fence', '->', 'write', true, (code) => code.fence());

// Choice: (if true, if false, condition) -> one of both; both are evaluated.
for (const t of ['i32', 'i64', 'f32', 'f64', 'v128'] as const) {
  add(`${t}.select`, `${t} ${t} i32 -> ${t}`, 'none', true, (code, arg) => { arg(0); arg(1); arg(2); code.select(); });
}

/** An operation written as a sequence of [operand number] or instruction names and i32 constants, in stack order. */
function compose(name: string, signature: string, steps: readonly (readonly [number] | string | number)[]): void {
  add(name, signature, 'none', false, (code, arg) => {
    for (const step of steps) {
      if (typeof step === 'string') code.op(step);
      else if (typeof step === 'number') code.i32(step);
      else arg(step[0]);
    }
  });
}

compose('i32.bswap', 'i32 -> i32', [
  [0], 8, 'i32.rotl', 0x00ff00ff, 'i32.and', [0], 8, 'i32.rotr', 0xff00ff00 | 0, 'i32.and', 'i32.or']);
/** Swaps the bytes of each half-word. */
compose('i32.bswap16', 'i32 -> i32', [
  [0], 8, 'i32.shr_u', 0x00ff00ff, 'i32.and', [0], 0x00ff00ff, 'i32.and', 8, 'i32.shl', 'i32.or']);
/** Adds with carry-in (0 or 1); the sum's low word. */
compose('i32.adc', 'i32 i32 i32 -> i32', [[0], [1], 'i32.add', [2], 'i32.add']);
/** The carry out of bit 31 of a + b + carry-in. */
add('i32.carry', 'i32 i32 i32 -> i32', 'none', true, (code, arg) => {
  arg(0); code.op('i64.extend_i32_u'); arg(1); code.op('i64.extend_i32_u'); code.op('i64.add');
  arg(2); code.op('i64.extend_i32_u'); code.op('i64.add'); code.i64(32, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64');
});
/** Signed overflow (0 or 1) of an addition: operands and result. */
compose('i32.add_overflow', 'i32 i32 i32 -> i32', [[0], [2], 'i32.xor', [1], [2], 'i32.xor', 'i32.and', 31, 'i32.shr_u']);
/** Signed overflow (0 or 1) of a subtraction: operands and result. */
compose('i32.sub_overflow', 'i32 i32 i32 -> i32', [[0], [1], 'i32.xor', [0], [2], 'i32.xor', 'i32.and', 31, 'i32.shr_u']);
/** The product's upper half, of a signed and an unsigned operand. */
add('i32.mulh_su', 'i32 i32 -> i32', 'none', true, (code, arg) => {
  arg(0); code.op('i64.extend_i32_s'); arg(1); code.op('i64.extend_i32_u'); code.op('i64.mul');
  code.i64(32, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64');
});
/** The upper 64 bits of a product of 128, from products of halves. `correct`: the operands (0, 1) that are signed. */
function mulHigh(name: string, correct: readonly (0 | 1)[]): void {
  add(name, 'i64 i64 -> i64', 'none', false, (code, arg) => {
    const low = (i: number): void => { arg(i); code.i64(-1, 0); code.op('i64.and'); };
    const high = (): void => { code.i64(32, 0); code.op('i64.shr_u'); };
    const middle = (): void => { arg(0); high(); low(1); code.op('i64.mul'); low(0); low(1); code.op('i64.mul'); high(); code.op('i64.add'); };
    arg(0); high(); arg(1); high(); code.op('i64.mul');
    middle(); high(); code.op('i64.add');
    low(0); arg(1); high(); code.op('i64.mul'); middle(); code.i64(-1, 0); code.op('i64.and'); code.op('i64.add'); high(); code.op('i64.add');
    // A negative operand counts 2^64 too much in the unsigned product.
    for (const i of correct) { arg(i); code.i64(63, 0); code.op('i64.shr_s'); arg(1 - i); code.op('i64.and'); code.op('i64.sub'); }
  });
}
mulHigh('i64.mulh_u', []);
mulHigh('i64.mulh_s', [0, 1]);
mulHigh('i64.mulh_su', [0]);
/** Reverses the bytes. */
add('i64.bswap', 'i64 -> i64', 'none', false, (code, arg) => {
  const pairs = (shift: number, mask: number, inner: () => void): void => {
    inner(); code.i64(shift, 0); code.op('i64.shr_u'); code.i64(mask, mask); code.op('i64.and');
    inner(); code.i64(mask, mask); code.op('i64.and'); code.i64(shift, 0); code.op('i64.shl'); code.op('i64.or');
  };
  pairs(16, 0x0000ffff, () => pairs(8, 0x00ff00ff, () => arg(0)));
  code.i64(32, 0); code.op('i64.rotl');
});
for (const s of ['s', 'u'] as const) {
  add(`i32.mulh_${s}`, 'i32 i32 -> i32', 'none', true, (code, arg) => {
    arg(0); code.op(`i64.extend_i32_${s}`); arg(1); code.op(`i64.extend_i32_${s}`); code.op('i64.mul');
    code.i64(32, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64');
  });
}
/** Reverses the order of the 32 bits. */
compose('i32.rbit', 'i32 -> i32', (() => {
  // Swap neighbours at distance 1, 2 and 4 within bytes, then the bytes. A composed operation has no temporaries, so
  // the reversal is done in 64-bit arithmetic a byte at a time: see 'Reverse an N-bit quantity', Bit Twiddling Hacks.
  const steps: (readonly [number] | string | number)[] = [];
  for (let bit = 0; bit < 32; bit++) {
    steps.push([0]);
    const distance = 31 - 2 * bit;
    steps.push(Math.abs(distance), distance > 0 ? 'i32.shl' : 'i32.shr_u', 1 << (31 - bit), 'i32.and');
    if (bit) steps.push('i32.or');
  }
  return steps;
})());
/** Two words to a doubleword: (low, high). */
add('i64.pair', 'i32 i32 -> i64', 'none', true, (code, arg) => {
  arg(0); code.op('i64.extend_i32_u'); arg(1); code.op('i64.extend_i32_u'); code.i64(32, 0); code.op('i64.shl'); code.op('i64.or');
});
/** The upper word of a doubleword. */
add('i32.high', 'i64 -> i32', 'none', true, (code, arg) => { arg(0); code.i64(32, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64'); });
// Fused multiply-add: a * b + c with one rounding. Relaxed SIMD's madd is fused where the host has the instruction.
for (const [t, shape, madd] of [['f32', 'f32x4', 0x105], ['f64', 'f64x2', 0x107]] as const) {
  add(`${t}.fma`, `${t} ${t} ${t} -> ${t}`, 'none', true, (code, arg) => {
    for (let i = 0; i < 3; i++) { arg(i); code.op(`${shape}.splat`); }
    code.relaxed(madd); code.op(`${shape}.extract_lane`, 0);
  });
  add(`${shape}.fma`, 'v128 v128 v128 -> v128', 'none', true, (code, arg) => { arg(0); arg(1); arg(2); code.relaxed(madd); });
}

const floats = {
  f32: { quietBit: 22, bits: 'i32.reinterpret_f32', int: 'i32', nan: (code: Code) => code.f32bits(0x7fc00000) },
  f64: { quietBit: 51, bits: 'i64.reinterpret_f64', int: 'i64', nan: (code: Code) => code.f64bits(0, 0x7ff80000) },
} as const;
/** Zero of the same sign in every lane that is denormal. */
add('f32x4.flush', 'v128 -> v128', 'none', false, (code, arg) => {
  arg(0); arg(0); code.op('f32x4.abs'); code.v128([0x00800000, 0x00800000, 0x00800000, 0x00800000]); code.op('f32x4.lt');
  code.i32(1); code.op('i32x4.shr_u'); code.op('v128.andnot');
});

// Exception flags, for guests that have them: a cell of the state memory, changed by operations of their own. Those of
// arithmetic are raised by the operations of float/ops.ts, which ask TypeScript for what is rare (float/helper.ts).
/** The function of every module of generated code that answers that: the first that it imports. */
export const FLOAT_HELPER = 0;
const flagsCell = CPU + FLOAT_FLAGS;
add('float.flags', '-> i32', 'flags', true, (code, _arg, _imm, guest) => { code.i32(0); code.access('i32.load', stateOf(guest), flagsCell); });
/** Adds flags to those that are set. */
add('float.raise', 'i32 ->', 'flags', true, (code, arg, _imm, guest) => {
  code.i32(0); arg(0); code.i32(0); code.access('i32.load', stateOf(guest), flagsCell); code.op('i32.or'); code.access('i32.store', stateOf(guest), flagsCell);
});
for (const t of ['f32', 'f64'] as const) {
  /** The result, or the default NaN if it is one. */
  add(`${t}.canonical`, `${t} -> ${t}`, 'none', false, (code, arg) => { arg(0); floats[t].nan(code); arg(0); arg(0); code.op(`${t}.eq`); code.select(); });
  /** 1 for a signalling NaN. */
  add(`${t}.is_signalling`, `${t} -> i32`, 'none', false, (code, arg) => {
    const { bits, int, quietBit } = floats[t];
    arg(0); arg(0); code.op(`${t}.eq`); code.if('i32'); code.i32(0); code.else(); arg(0); code.op(bits);
    if (int === 'i32') { code.i32(quietBit); code.op('i32.shr_u'); } else { code.i64(quietBit, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64'); }
    code.i32(1); code.op('i32.and'); code.op('i32.eqz'); code.end();
  });
}
/** A single in a register of 64 bits: all ones above it. */
add('f64.box', 'f32 -> f64', 'none', true, (code, arg) => {
  arg(0); code.op('i32.reinterpret_f32'); code.op('i64.extend_i32_u'); code.i64(0, -1); code.op('i64.or'); code.op('f64.reinterpret_i64');
});
/** The single in a register of 64 bits; the default NaN when it is not boxed as one. */
add('f32.unbox', 'f64 -> f32', 'none', false, (code, arg) => {
  arg(0); code.op('i64.reinterpret_f64'); code.op('i32.wrap_i64'); code.i32(0x7fc00000);
  arg(0); code.op('i64.reinterpret_f64'); code.i64(32, 0); code.op('i64.shr_u'); code.op('i32.wrap_i64'); code.i32(-1); code.op('i32.eq');
  code.select(); code.op('f32.reinterpret_i32');
});

vectorOps(add, FLOAT_HELPER);
halfOps(add, FLOAT_HELPER);
environmentOps(add, FLOAT_HELPER, (t) => (code, arg) => rows[`${t}.fma`]!.emit(code, arg, 0, 0));

// Constants and structure. These have no `emit` of their own: the tiers treat them by name.
const structural = () => { throw new Error('a structural operation has no code of its own'); };
/** Immediates: `imm` (and `imm2` above it, for 64 bits; `data` for v128 words). */
add('i32.const', '-> i32', 'none', true, structural);
add('i64.const', '-> i64', 'none', true, structural);
add('f32.const', '-> f32', 'none', true, structural);
add('f64.const', '-> f64', 'none', true, structural);
add('v128.const', '-> v128', 'none', true, structural);
/** Picks 16 bytes of the 32 in both operands; `data` holds the 16 byte numbers. */
add('i8x16.shuffle', 'v128 v128 -> v128', 'none', true, structural);
/** Reads a state slot: `slot`. */
for (const t of ['i32', 'i64', 'f32', 'f64', 'v128'] as const) add(`${t}.get`, `-> ${t}`, 'none', true, structural);
/** Writes a state slot: `slot`. */
for (const t of ['i32', 'i64', 'f32', 'f64', 'v128'] as const) add(`${t}.set`, `${t} ->`, 'state', true, structural);
/** The start of a guest instruction; `imm` is its location. */
add('insn', '->', 'state', true, structural);

export const ops: Readonly<Record<string, Op>> = rows;
export const opCount = count;

const byName = new Map(Object.entries(rows));
/** The row of an operation; undefined when there is none of that name. */
export const opNamed = (name: string): Op | undefined => byName.get(name);
