// Environment calls, fences, hints, cache operations and control and status registers. A user has the floating-point
// CSRs and the counters; any other is an illegal instruction, as in the kernel.
import type { Ref } from '../../../translate/ir.ts';
import { frm } from '../state.ts';
import { CALLOUT, type Machine } from './machine.ts';

const FFLAGS = 1, FRM = 2, FCSR = 3;
/** cycle, time, instret; and their upper halves, on RV32 only. */
const COUNTERS = [0xc00, 0xc01, 0xc02], COUNTERS_HIGH = [0xc80, 0xc81, 0xc82];

type Access = { readonly csr: number; readonly rd: number; readonly rs1: number };
type Operation = 'write' | 'set' | 'clear';

/** Reads and writes one of the floating-point CSRs. `source` is null when nothing is written. */
function floatCsr(m: Machine, csr: number, rd: number, operation: Operation, source: Ref | null): void {
  const { b } = m;
  const flags = (): Ref => b.op('float.flags');
  const old = csr === FFLAGS ? flags() : csr === FRM ? b.get(frm) : b.op('i32.or', flags(), b.op('i32.shl', b.get(frm), b.i32(5)));
  if (source !== null) {
    const value = operation === 'write' ? source : operation === 'set' ? b.op('i32.or', old, source) : b.op('i32.and', old, b.op('i32.xor', source, b.i32(-1)));
    if (csr !== FRM) b.op('float.set_flags', b.op('i32.and', value, b.i32(31)));
    if (csr !== FFLAGS) b.set(frm, b.op('i32.and', csr === FRM ? value : b.op('i32.shr_u', value, b.i32(5)), b.i32(7)));
  }
  m.setX(rd, m.extend(old, 'u'));
  if (source === null || csr === FFLAGS) return;
  // The location says what the rounding mode is.
  const dynamic = b.op('i32.ne', b.get(frm), b.i32(0));
  const next = m.address(m.pc + m.size);
  m.end({ kind: 'indirect', target: b.op(`${m.X}.or`, next, m.extend(dynamic, 'u')) });
}

function access(m: Machine, { csr, rd, rs1 }: Access, operation: Operation, source: () => Ref): void {
  const writes = operation === 'write' || rs1 !== 0;
  if (csr >= FFLAGS && csr <= FCSR) { floatCsr(m, csr, rd, operation, writes ? source() : null); return; }
  if (!writes && (COUNTERS.includes(csr) || (m.xlen === 32 && COUNTERS_HIGH.includes(csr)))) { m.callout(CALLOUT.counter, csr << 5 | rd); return; }
  m.illegal();
}

const csr = (operation: Operation) => (m: Machine, o: Access): void => access(m, o, operation, () => m.x32(o.rs1));
const csrConstant = (operation: Operation) => (m: Machine, o: { readonly csr: number; readonly rd: number; readonly uimm: number }): void =>
  access(m, { ...o, rs1: o.uimm }, operation, () => m.b.i32(o.uimm));

const nothing = (): void => { /* as the name says */ };
const BLOCK = 64;

export const system = {
  ecall: (m: Machine): void => m.end({ kind: 'syscall', next: m.next }),
  ebreak: (m: Machine): void => m.trap('breakpoint'),
  fence: (m: Machine): void => { m.b.op('atomic.fence'); },
  /** Code that is written is seen at once; what comes after it is translated anew if it changed. */
  fence_i: (m: Machine): void => m.end({ kind: 'goto', target: m.next }),
  /** There are no caches to operate on; invalidating is not a user's to do. */
  cbo_clean: (m: Machine, o: { readonly rs1: number }): void => touch(m, o.rs1), cbo_flush: (m: Machine, o: { readonly rs1: number }): void => touch(m, o.rs1),
  cbo_inval: (m: Machine): void => m.illegal(),
  cbo_zero: (m: Machine, o: { readonly rs1: number }): void => {
    const { b, X } = m;
    const start = b.op(`${X}.and`, m.x(o.rs1), m.imm(-BLOCK));
    for (let i = 0; i < BLOCK; i += 8) b.op('i64.store', i === 0 ? start : b.op(`${X}.add`, start, m.imm(i)), b.i64(0));
  },
  /** Waiting for a store to a reservation may end at any time. */
  wrs_nto: nothing, wrs_sto: nothing,
  mop_r: (m: Machine, o: { readonly rd: number }): void => m.setX(o.rd, m.imm(0)), mop_rr: (m: Machine, o: { readonly rd: number }): void => m.setX(o.rd, m.imm(0)),
  csrrw: csr('write'), csrrs: csr('set'), csrrc: csr('clear'),
  csrrwi: csrConstant('write'), csrrsi: csrConstant('set'), csrrci: csrConstant('clear'),
};

/** The cache operations fault where a load would. */
function touch(m: Machine, rs1: number): void { m.b.op('i32.load8_u', m.x(rs1)); }
