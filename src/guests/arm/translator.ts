// Walks guest code: decodes, and makes instructions conditional, by A32's condition field or by an IT block. An IT block
// is done as a whole, and neighbours with one condition share one test.
import { Builder } from '../../translate/builder.ts';
import type { Location } from '../../translate/ir.ts';
import type { CpuModel, Fetch, Translator } from '../guest.ts';
import { findA32, findT16, findT32, isWide, type Instruction } from './decode.ts';
import type { Feature } from './isa/features.ts';
import { AL } from './semantics/flags.ts';
import { Machine } from './semantics/machine.ts';
import { d } from './state.ts';
import { vectorPage } from './vectors.ts';

/** An instruction where it stands. */
type Placed = {
  readonly instruction: Instruction | undefined;
  readonly word: number;
  readonly pc: number;
  readonly size: 2 | 4;
  readonly itState: number;
  readonly cond: number;
};

/** Features whose instructions name floating-point and vector registers. */
const vectorFeatures: ReadonlySet<Feature> = new Set(['vfp', 'vfpv3', 'vfpv4', 'halfconv', 'neon']);
const PAGE = 0xfff;
const advance = (itState: number): number => ((itState & 7) === 0 ? 0 : (itState & 0xe0) | ((itState << 1) & 0x1f));
const after = (p: Placed): number => (p.pc + p.size) >>> 0;

export class ArmTranslator implements Translator {
  private readonly m: Machine;
  private readonly fetch: Fetch;
  /** ITSTATE to start with: not zero when execution resumes inside an IT block. */
  private context: number;

  constructor(b: Builder, fetch: Fetch, options: { readonly model: CpuModel; readonly context: number; readonly modes: number }) {
    this.m = new Machine(b, options.model, fetch, options.modes);
    this.fetch = fetch;
    this.context = options.context;
  }

  instruction(location: Location): Location {
    const { m } = this;
    m.thumb = (location & 1) === 1;
    if (m.thumb) return m.at(this.thumb((location & ~1) >>> 0));
    if ((location & 2) !== 0) {
      this.place({ instruction: undefined, word: 0, pc: location, size: 4, itState: 0, cond: AL });
      m.mark();
      m.trap('alignment');
      return location + 4;
    }
    const last = this.carryOut(this.a32(location), (p) => {
      const next = after(p);
      return (next & PAGE) === 0 ? null : this.a32(next);
    });
    return after(last);
  }

  private a32(pc: number): Placed {
    const word = this.fetch.u32(pc);
    const cond = word >>> 28;
    return { instruction: this.known(findA32(word), pc, word), word, pc, size: 4, itState: 0, cond: cond === 15 ? AL : cond };
  }

  private t32(pc: number, itState: number): Placed {
    const first = this.fetch.u16(pc);
    const cond = itState === 0 ? AL : itState >>> 4;
    if (!isWide(first)) return { instruction: this.known(findT16(first), pc, first), word: first, pc, size: 2, itState, cond };
    const { instruction, word } = findT32(((first << 16) | this.fetch.u16((pc + 2) >>> 0)) >>> 0);
    return { instruction: this.known(instruction, pc, word), word, pc, size: 4, itState, cond };
  }

  /** The instruction as the processor has it. The kernel's own code in the vector page runs on all of them. */
  private known(instruction: Instruction | undefined, pc: number, word: number): Instruction | undefined {
    if (instruction === undefined || instruction.feature === null || pc >= vectorPage.address) return instruction;
    const { m } = this;
    const lacks = !m.has(instruction.feature) || (!m.has('vfpd32') && vectorFeatures.has(instruction.feature) && this.usesUpper(instruction, word));
    return lacks ? { ...instruction, isData: false, run: () => m.undefined() } : instruction;
  }

  /** Whether it names one of the upper sixteen doublewords: seen from what it would do. */
  private usesUpper({ row, run }: Instruction, word: number): boolean {
    const b = new Builder({ fold: false });
    const m = new Machine(b, this.m.model, this.fetch);
    b.start(0);
    run(m, row.operands(word));
    if (!b.hasEnded) b.end({ kind: 'goto', target: 0 });
    return b.finish(0, 0, 0).blocks.some(({ nodes }) => nodes.some(({ slot }) => slot !== null && slot.offset >= d[16]!.offset && slot.offset < d[0]!.offset + 256));
  }

  private thumb(pc: number): number {
    const resumed = this.context;
    this.context = 0;
    if (resumed !== 0) return this.itBlock(this.readBlock(pc, resumed));
    const placed = this.t32(pc, 0);
    if (placed.instruction?.row.name !== 'it') return after(this.carryOut(placed, () => null));
    // All of the block is read before anything is emitted, so that a page that cannot be read leaves nothing half done.
    const block = this.readBlock(after(placed), placed.word & 0xff);
    this.place(placed);
    this.m.mark();
    return this.itBlock(block);
  }

  private readBlock(pc: number, itState: number): Placed[] {
    const block: Placed[] = [];
    for (let it = itState; it !== 0; it = advance(it)) {
      const placed = this.t32(pc, it);
      block.push(placed);
      pc = after(placed);
    }
    return block;
  }

  private itBlock(block: readonly Placed[]): number {
    const { m } = this;
    const follower = (p: Placed): Placed | null => block[block.indexOf(p) + 1] ?? null;
    let last: Placed | null = null;
    for (let next: Placed | null = block[0]!; next !== null && !m.b.hasEnded; next = follower(last)) last = this.carryOut(next, follower);
    m.itState = 0;
    return after(last!);
  }

  private place(p: Placed): void {
    const { m } = this;
    m.pc = p.pc;
    m.size = p.size;
    m.itState = p.itState;
    m.condition = AL;
    m.holding = p.cond;
  }

  private run(p: Placed): void {
    if (p.instruction === undefined) this.m.trap('unimplemented', p.word);
    else p.instruction.run(this.m, p.instruction.row.operands(p.word));
  }

  /** Emits an instruction, and those after it that fall under the same test; answers the last of them. */
  private carryOut(p: Placed, follower: (p: Placed) => Placed | null): Placed {
    const { m } = this;
    const { instruction, cond } = p;
    this.place(p);
    if (cond === AL || instruction?.ownCondition) {
      m.condition = cond;
      m.mark();
      this.run(p);
      return p;
    }
    if (instruction?.isData && this.writesRegistersOnly(p)) {
      m.conditionally(cond, true, () => this.run(p));
      return p;
    }
    let last = p;
    const { generation } = m.flags;
    m.conditionally(cond, false, () => {
      this.run(p);
      for (;;) {
        const next = m.b.hasEnded || m.flags.generation !== generation ? null : follower(last);
        if (next === null || next.cond !== cond || next.instruction?.ownCondition) break;
        this.place(next);
        m.mark();
        this.run(next);
        last = next;
      }
    });
    return last;
  }

  private writesRegistersOnly(p: Placed): boolean {
    const o = p.instruction!.row.operands(p.word);
    return !o['S'] && o['Rd'] !== 15 && o['Rdn'] !== 15;
  }
}
