// The condition flags at translation time: how instructions set them, and what a condition is as one value. The last
// comparison is remembered, so that `cmp a, b; bge` becomes one i32.ge_s whatever became of the flags themselves.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref } from '../../../translate/ir.ts';
import { CF, fpCF, fpNF, fpVF, fpZF, NF, r, VF, ZF } from '../state.ts';

/** The condition field: EQ NE CS CC MI PL VS VC HI LS GE LT GT LE AL. */
export type Condition = number;
export const AL = 14;
export const conditionNames = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', ''] as const;

/** Comparisons of a and b by condition; null where the flag itself has to be asked. */
const comparisons = ['eq', 'ne', 'ge_u', 'lt_u', null, null, null, null, 'gt_u', 'le_u', 'ge_s', 'lt_s', 'gt_s', 'le_s'] as const;

/** The same for floating-point numbers a and b, which may be unordered; `not` where the opposite has an operation. */
const floatComparisons = [
  ['eq'], ['ne'], ['lt', 'not'], ['lt'], ['lt'], ['lt', 'not'], null, null, ['le', 'not'], ['le'], ['ge'], ['ge', 'not'], ['gt'], ['gt', 'not'],
] as const;

/** Where an operand can be read again in a later block: a register that has not been written since, or a constant. */
type Origin = { readonly register: number; readonly version: number } | { readonly constant: number } | null;
type Comparison = { readonly epoch: number; readonly a: Ref; readonly b: Ref; readonly originA: Origin; readonly originB: Origin };
type FloatComparison = { readonly epoch: number; readonly type: 'f32' | 'f64'; readonly a: Ref; readonly b: Ref };

export class Flags {
  private readonly b: Builder;
  private readonly versions: Int32Array;
  /** Set while the flags are those of a subtraction. */
  private last: Comparison | null = null;
  /** The last floating-point comparison; and the one that the flags were copied from, while they are that. */
  private floats: FloatComparison | null = null;
  private lastFloats: FloatComparison | null = null;
  /** Moves up whenever flags are set. */
  generation = 0;

  constructor(b: Builder, versions: Int32Array) {
    this.b = b;
    this.versions = versions;
  }

  /** Forgets what is known, at the start of a unit. */
  forget(): void { this.last = null; this.lastFloats = null; this.generation++; }

  /** Runs `body`, which may not be reached at run time: flags set in it are unknown afterwards. */
  inside(body: () => void): void {
    const before = this.generation;
    body();
    if (this.generation !== before) this.last = this.lastFloats = null;
  }

  /** FPSCR's flags have been set by comparing a and b. */
  rememberFloats(type: 'f32' | 'f64', a: Ref, b: Ref): void { this.floats = { epoch: this.b.epoch, type, a, b }; }

  /** FPSCR's flags have been set in another way. */
  forgetFloats(): void { this.floats = null; }

  /** Copies FPSCR's flags. */
  setFromFloats(): void {
    this.forget();
    for (const [to, from] of [[NF, fpNF], [ZF, fpZF], [CF, fpCF], [VF, fpVF]] as const) this.b.set(to, this.b.get(from));
    this.lastFloats = this.floats;
  }

  /** N and Z of a result. C and V stay. */
  setNZ(result: Ref): void {
    this.b.set(NF, result);
    this.b.set(ZF, result);
    this.forget();
  }

  /** N, Z and, unless the shifter left it alone, C. */
  setLogical(result: Ref, carry: Ref | null): void {
    this.setNZ(result);
    if (carry !== null) this.b.set(CF, carry);
  }

  /** The flags of a + b. */
  setAdd(a: Ref, b: Ref, result: Ref): void {
    this.setNZ(result);
    this.b.set(CF, this.b.op('i32.lt_u', result, a));
    this.b.set(VF, this.b.op('i32.add_overflow', a, b, result));
  }

  /** The flags of a + b + carry. */
  setAddCarry(a: Ref, b: Ref, carry: Ref, result: Ref): void {
    this.setNZ(result);
    this.b.set(CF, this.b.op('i32.carry', a, b, carry));
    this.b.set(VF, this.b.op('i32.add_overflow', a, b, result));
  }

  /** The flags of a - b; `registerA` and `registerB` are the registers that the operands are, or -1. */
  setSub(a: Ref, b: Ref, result: Ref, registerA = -1, registerB = -1): void {
    this.setNZ(result);
    const zero = this.b.constant(b) === 0;
    this.b.set(CF, zero ? this.b.i32(1) : this.b.op('i32.ge_u', a, b));
    this.b.set(VF, zero ? b : this.b.op('i32.sub_overflow', a, b, result));
    this.last = { epoch: this.b.epoch, a, b, originA: this.origin(a, registerA), originB: this.origin(b, registerB) };
  }

  private origin(ref: Ref, register: number): Origin {
    const constant = this.b.constant(ref);
    if (constant !== undefined) return { constant };
    return register >= 0 ? { register, version: this.versions[register]! } : null;
  }

  private reload(origin: Origin): Ref | null {
    if (origin === null) return null;
    if ('constant' in origin) return this.b.i32(origin.constant);
    return this.versions[origin.register] === origin.version ? this.b.get(r[origin.register]!) : null;
  }

  /** The operands of the comparison that the flags came from, if they can be had in this block. */
  private compared(): readonly [Ref, Ref] | null {
    if (this.last === null) return null;
    if (this.last.epoch === this.b.epoch) return [this.last.a, this.last.b];
    const { originA, originB } = this.last;
    const a = this.reload(originA);
    const b = a === null ? null : this.reload(originB);
    return a === null || b === null ? null : [a, b];
  }

  /** How large a register can be, as the last comparison was of it and a constant and the condition holds; -1 if unknown. */
  atMost(register: number, cond: Condition): number {
    const { originA, originB } = this.last ?? {};
    if (!originA || !originB || !('register' in originA) || !('constant' in originB)) return -1;
    if (originA.register !== register || originA.version !== this.versions[register]) return -1;
    return cond === 9 ? originB.constant : cond === 3 ? originB.constant - 1 : -1;
  }

  /** A value that is not zero exactly when the condition holds. */
  condition(cond: Condition): Ref {
    const { b } = this;
    const floats = floatComparisons[cond];
    if (floats && this.lastFloats?.epoch === b.epoch) {
      const holds = b.op(`${this.lastFloats.type}.${floats[0]}`, this.lastFloats.a, this.lastFloats.b);
      return floats[1] ? b.op('i32.eqz', holds) : holds;
    }
    const comparison = comparisons[cond];
    if (comparison) {
      const operands = this.compared();
      if (operands !== null) {
        if (b.constant(operands[1]) === 0 && cond <= 1) return cond === 0 ? b.op('i32.eqz', operands[0]) : operands[0];
        return b.op(`i32.${comparison}`, operands[0], operands[1]);
      }
    }
    const not = (ref: Ref): Ref => b.op('i32.eqz', ref);
    const nonzero = (): Ref => b.op('i32.ne', b.get(ZF), b.i32(0));
    const sign = (): Ref => b.op('i32.shr_u', b.get(NF), b.i32(31));
    switch (cond) {
      case 0: return not(b.get(ZF));
      case 1: return b.get(ZF);
      case 2: return b.get(CF);
      case 3: return not(b.get(CF));
      case 4: return b.op('i32.lt_s', b.get(NF), b.i32(0));
      case 5: return b.op('i32.ge_s', b.get(NF), b.i32(0));
      case 6: return b.get(VF);
      case 7: return not(b.get(VF));
      case 8: return b.op('i32.and', b.get(CF), nonzero());
      case 9: return not(b.op('i32.and', b.get(CF), nonzero()));
      case 10: return b.op('i32.eq', sign(), b.get(VF));
      case 11: return b.op('i32.ne', sign(), b.get(VF));
      case 12: return b.op('i32.and', nonzero(), b.op('i32.eq', sign(), b.get(VF)));
      case 13: return not(b.op('i32.and', nonzero(), b.op('i32.eq', sign(), b.get(VF))));
      default: return b.i32(1);
    }
  }
}
