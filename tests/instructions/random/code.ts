// Where the code of a random program is put together: instructions by name in the set that is chosen, labels, and the branches to them.
import { a32, CODE, t16, t32 } from '../program.ts';

export type Label = { at?: number; readonly thumb: boolean };
export type Operands = Readonly<Record<string, number>>;

const narrowReach = 200;

export class Code {
  readonly halves: number[] = [];
  thumb = false;
  private readonly patches: (() => void)[] = [];

  get here(): number { return CODE + 2 * this.halves.length; }

  word(word: number): void { this.halves.push(word & 0xffff, word >>> 16); }
  units(units: readonly number[]): void { for (const unit of units) if (this.thumb) this.halves.push(unit); else this.word(unit); }

  /** An A32 instruction. */
  arm(name: string, operands?: Operands): void { this.word(a32(name, operands)); }
  /** An instruction of either set; `wide` is its row in T32 where that has another name. */
  put(name: string, operands: Operands, wide = name): void {
    if (this.thumb) this.halves.push(...t32(wide, operands)); else this.arm(name, operands);
  }

  align(): void { if (this.halves.length & 1) this.halves.push(this.thumb ? 0xbf00 : 0); }
  label(thumb = this.thumb): Label { return { thumb }; }
  place(label: Label): void { label.at = this.here; }
  /** The label's address as a value for BX. */
  private address(label: Label): number {
    if (label.at === undefined) throw new Error('a label was not placed');
    return label.at | (label.thumb ? 1 : 0);
  }

  /** Leaves room for instructions of `halves` halfwords, which are made when all labels are placed. */
  private later(halves: number, make: (at: number) => readonly number[]): void {
    const at = this.halves.length;
    for (let i = 0; i < halves; i++) this.halves.push(0);
    this.patches.push(() => make(CODE + 2 * at).forEach((half, i) => { this.halves[at + i] = half; }));
  }

  constant(rd: number, value: number): void {
    this.put('movw', { Rd: rd, imm16: value & 0xffff });
    this.put('movt', { Rd: rd, imm16: value >>> 16 });
  }
  constantAddress(rd: number, label: Label): void {
    const { thumb } = this;
    this.later(4, () => {
      const inner = new Code();
      inner.thumb = thumb;
      inner.constant(rd, this.address(label));
      return inner.halves;
    });
  }
  /** A word of data. */
  addressWord(label: Label): void { this.later(2, () => [this.address(label) & 0xffff, this.address(label) >>> 16]); }

  load(rt: number, rn: number, offset: number): void { this.put('ldr_imm', { P: 1, U: 1, W: 0, Rn: rn, Rt: rt, imm12: offset }, 'ldr_imm12'); }
  store(rt: number, rn: number, offset: number): void { this.put('str_imm', { P: 1, U: 1, W: 0, Rn: rn, Rt: rt, imm12: offset }, 'str_imm12'); }

  /** A branch within the routine. A short one in Thumb where it reaches back so far. */
  branch(label: Label, cond = 14): void {
    if (!this.thumb) { this.later(2, (at) => wordHalves(a32('b', { cond, simm: this.address(label) - at - 8 }))); return; }
    const back = label.at === undefined ? Infinity : this.here - label.at;
    if (back < narrowReach) this.later(1, (at) => [cond === 14 ? t16('b', { simm: label.at! - at - 4 }) : t16('b_cond', { cond, simm: label.at! - at - 4 })]);
    else this.later(2, (at) => (cond === 14 ? long('b', label.at! - at - 4) : t32('b_cond', { cond, simm: label.at! - at - 4 })));
  }

  /** BL or BLX to a routine in either set. */
  call(label: Label): void {
    const { thumb } = this;
    this.later(2, (at) => {
      const target = label.at!;
      if (!thumb) return wordHalves(label.thumb ? a32('blx_imm', { simm: target - at - 8 }) : a32('bl', { simm: target - at - 8 }));
      return label.thumb ? long('bl', target - at - 4) : long('blx_imm', target - ((at + 4) & ~3));
    });
  }

  /** A table for TBH: the distances of labels from the table's start. */
  distances(labels: readonly Label[]): void {
    const from = this.here;
    for (const label of labels) this.later(1, () => [(label.at! - from) / 2]);
  }

  finish(): Uint32Array {
    this.align();
    for (const patch of this.patches) patch();
    return Uint32Array.from({ length: this.halves.length / 2 }, (_, i) => (this.halves[2 * i]! | this.halves[2 * i + 1]! << 16) >>> 0);
  }
}

const wordHalves = (word: number): number[] => [word & 0xffff, word >>> 16];
/** A T32 branch with J1 and J2, which are both 1 for distances below 4 MiB. */
const long = (name: string, distance: number): number[] =>
  t32(name, { simm: distance < 0 ? -0x1000000 : 0, imm10: (distance >> 12) & 0x3ff, J1: 1, J2: 1, imm11: (distance >> 1) & 0x7ff });
