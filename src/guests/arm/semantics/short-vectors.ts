// VFPv2's short vectors: while FPSCR.Len or Stride is not zero, arithmetic and moves work on up to eight registers of a bank, or, on
// processors that have no short vectors, are undefined. ARM ARM (DDI 0406), D11. Code asks once a program has set them.
import type { Ref } from '../../../translate/ir.ts';
import { fpControl } from '../state.ts';
import { SHORT_VECTOR } from '../fpscr.ts';
import { SHORT_VECTORS, type Machine } from './machine.ts';

type Registers = { readonly sz: number; readonly Vd: number; readonly D: number; readonly Vn?: number; readonly N?: number; readonly Vm?: number; readonly M?: number };
type Row = (m: Machine, o: Registers) => void;
/** Registers of a bank. */
const bank = (sz: number): number => (sz ? 4 : 8);
const MOST = 8;

const numberOf = (sz: number, V: number, extra: number): number => (sz ? extra << 4 | V : V << 1 | extra);
const fields = (sz: number, number: number): readonly [V: number, extra: number] => (sz ? [number & 15, number >> 4] : [number >> 1, number & 1]);
/** Banks of scalars: the first, and of doubles that from d16 too. */
const isScalar = (sz: number, number: number): boolean => (number & (sz ? 0xc : 0x18)) === 0;
const further = (sz: number, number: number, by: number): number => (number & -bank(sz)) | ((number + by) & (bank(sz) - 1));

/** The operands of an element, so many registers further in their banks. */
function element(o: Registers, by: number): Registers {
  const { sz } = o;
  const [Vd, D] = fields(sz, further(sz, numberOf(sz, o.Vd, o.D), by));
  const moved = { ...o, Vd, D };
  if (o.Vn !== undefined) [moved.Vn, moved.N] = fields(sz, further(sz, numberOf(sz, o.Vn, o.N!), by));
  if (o.Vm === undefined) return moved;
  const m = numberOf(sz, o.Vm, o.M!);
  if (!isScalar(sz, m)) [moved.Vm, moved.M] = fields(sz, further(sz, m, by));
  return moved;
}

/** Undefined while Len or Stride is not zero. */
const scalarOnly = (row: Row): Row => (m, o) => {
  if (m.heeds(SHORT_VECTORS)) m.when(m.b.op('i32.and', m.b.get(fpControl), m.b.i32(SHORT_VECTOR)), () => m.undefined());
  row(m, o);
};

const vectorised = (row: Row): Row => (m, o) => {
  if (!m.has('fpshvec')) { scalarOnly(row)(m, o); return; }
  row(m, o);
  if (!m.heeds(SHORT_VECTORS) || isScalar(o.sz, numberOf(o.sz, o.Vd, o.D))) return;
  const { b } = m;
  const field = (at: number, mask: number): Ref => b.op('i32.and', b.op('i32.shr_u', b.get(fpControl), b.i32(at)), b.i32(mask));
  for (const stride of [1, 2]) {
    for (let i = 1; i < MOST; i++) {
      // Stride is 0 or 3.
      const apart = b.op('i32.eq', b.op('i32.ne', field(20, 3), b.i32(0)), b.i32(stride - 1));
      m.when(b.op('i32.and', apart, b.op('i32.ge_u', field(16, 7), b.i32(i))), () => row(m, element(o, i * stride)));
    }
  }
};

/** Rows with short vectors. */
const vectorRows: ReadonlySet<string> = new Set(['vmla', 'vmls', 'vnmla', 'vnmls', 'vmul', 'vnmul', 'vadd', 'vsub', 'vdiv', 'vabs', 'vneg', 'vsqrt', 'vmov', 'vmovImmediate', 'vmaxnm', 'vminnm']);
/** Younger rows, which are undefined then. */
const scalarRows = /^(v(fn?m[as]|movx|ins)|v(n?ml[as]|n?mul|add|sub|div|abs|neg|sqrt|fn?m[as]|(max|min)nm|movImmediate)F16)$/;

/** A table's semantics with what Len and Stride make of them. */
export function withShortVectors<T extends object>(semantics: T): T {
  const entries = Object.entries(semantics).map(([name, row]) => [name, vectorRows.has(name) ? vectorised(row as Row) : scalarRows.test(name) ? scalarOnly(row as Row) : row] as const);
  return Object.fromEntries(entries) as T;
}
