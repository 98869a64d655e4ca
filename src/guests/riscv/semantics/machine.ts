// What semantics of RISC-V instructions are written against: the builder, the instruction's place, the integer registers,
// and the operations of XLEN bits by name.
import type { Builder } from '../../../translate/builder.ts';
import type { End, Location, Ref, TrapCode } from '../../../translate/ir.ts';
import { registers, type Registers, type Xlen } from '../state.ts';

/** Callouts by number; what each does is in callouts.ts. */
export const CALLOUT = { float: 0, counter: 1, exchange: 2 } as const;

/** The singles that boxed values of the current block are: NaN-boxing need not be undone if it was done a moment ago. */
class Singles {
  private readonly b: Builder;
  private readonly known = new Map<Ref, Ref>();
  private epoch = -1;
  constructor(b: Builder) { this.b = b; }

  private current(): Map<Ref, Ref> {
    if (this.epoch !== this.b.epoch) { this.known.clear(); this.epoch = this.b.epoch; }
    return this.known;
  }
  of(boxed: Ref): Ref | undefined { return this.current().get(boxed); }
  keep(boxed: Ref, single: Ref): Ref { this.current().set(boxed, single); return single; }
  box(single: Ref): Ref {
    const boxed = this.b.op('f64.box', single);
    this.keep(boxed, single);
    return boxed;
  }
}

export class Machine {
  readonly b: Builder;
  readonly xlen: Xlen;
  /** Of the registers. */
  readonly X: 'i32' | 'i64';
  readonly registers: Registers;
  readonly singles: Singles;
  /** The instruction's address, its length, and its word (for 16-bit ones, of the form that it stands for: unused). */
  pc = 0;
  size: 2 | 4 = 4;
  word = 0;
  /** 1 when the dynamic rounding mode is not 'to nearest, ties to even': bit 0 of every location (see state.ts). */
  mode: 0 | 1 = 0;
  /** What AUIPC has just put into a register, so that the jump after it is one to a known place. */
  private known = { register: 0, address: 0, at: -1 };

  constructor(b: Builder, xlen: Xlen) {
    this.b = b;
    this.singles = new Singles(b);
    this.xlen = xlen;
    this.registers = registers[xlen];
    this.X = this.registers.type;
  }

  get location(): Location { return this.pc + this.mode; }
  get next(): Location { return this.at(this.pc + this.size); }
  /** The location of an address in the same mode; addresses wrap around. */
  at(address: number): Location { return this.wrap(address) + this.mode; }
  wrap(address: number): number {
    if (this.xlen === 32) return address >>> 0;
    return address < 0 ? address + 2 ** 64 : address;
  }

  /** A constant of XLEN bits: a signed 32-bit number, sign-extended. */
  imm(value: number): Ref { return this.X === 'i64' ? this.b.i64(value) : this.b.i32(value); }
  /** An address as a constant; a negative number is one at the top of the address space. */
  address(value: number): Ref { return this.X === 'i64' ? this.b.i64(value | 0, Math.floor(value / 4294967296)) : this.b.i32(value); }

  x(n: number): Ref { return n === 0 ? this.imm(0) : this.b.get(this.registers.x[n]!); }
  setX(n: number, value: Ref): void { if (n !== 0) this.b.set(this.registers.x[n]!, value); }
  /** The lower word of a register. */
  x32(n: number): Ref { return this.low(this.x(n)); }
  low(value: Ref): Ref { return this.X === 'i64' ? this.b.op('i32.wrap_i64', value) : value; }
  /** An i32 as XLEN bits. */
  extend(value: Ref, how: 's' | 'u' = 's'): Ref { return this.X === 'i64' ? this.b.op(how === 's' ? 'i64.extend_i32_s' : 'i64.extend_i32_u', value) : value; }
  /** Writes a 32-bit result, sign-extended. */
  setW(n: number, value: Ref): void { this.setX(n, this.extend(value)); }

  /** rs1 + imm. */
  effective(rs1: number, offset: number): Ref {
    return offset === 0 ? this.x(rs1) : this.b.op(this.X === 'i64' ? 'i64.add' : 'i32.add', this.x(rs1), this.imm(offset));
  }

  /** Says what an instruction has put into a register: the next one, if it is in the same block, may ask. */
  remember(register: number, address: number): void { this.known = { register, address, at: this.pc + this.size }; }
  recall(register: number): number | null {
    const { known } = this;
    return register !== 0 && known.register === register && known.at === this.pc ? known.address : null;
  }

  mark(): void { this.b.insn(this.location); }
  end(end: End): void { this.b.end(end); }
  trap(code: TrapCode): void { this.end({ kind: 'trap', code, pc: this.location, info: 0 }); }
  illegal(): void { this.trap('illegal'); }
  callout(which: number, info: number): void { this.end({ kind: 'callout', which, pc: this.location, next: this.next, info }); }

  /** Runs this instruction in TypeScript, from its word. */
  rare(which: number): void { this.callout(which, this.word); }
  /** Runs a floating-point instruction in TypeScript. */
  soft(): void { this.rare(CALLOUT.float); }

  /** Runs `body` (part of this instruction) only if `cond` is not zero. */
  when(cond: Ref, body: () => void): void {
    this.b.when(cond, () => { this.mark(); body(); });
    this.mark();
  }
}
