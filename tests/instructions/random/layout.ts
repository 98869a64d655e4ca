// Lays a tree out as an ARM program. After each block a routine appends all registers to a buffer that goes to standard output;
// a fault's handler appends what it was told and goes on behind the instruction. In the end the arena, which all loads and stores
// are in, is written too. r14 is the register that the scaffolding uses up.
import { CODE, DATA, elf, operand, random } from '../program.ts';
import { Code, type Label } from './code.ts';
import type { Node, Op, Tree } from './tree.ts';

const PAGE = 4096;
const control = DATA, pool = DATA + 3 * PAGE, altStack = DATA + 6 * PAGE, stackTop = DATA + 20 * PAGE, buffer = stackTop;
/** Loads and stores are aimed here; constants follow it. */
export const arena = { at: DATA + PAGE, bytes: 2 * PAGE };
const readOnly = DATA + 4 * PAGE, noAccess = DATA + 5 * PAGE;
// qemu-arm keeps what lies between a program's segments for it, which Linux does not.
const nothing = 0x3000_0000;
/** Pages in which a load or store may fault. */
export const badPages = [readOnly, noAccess, nothing];

/** Words of a record: what it is of, si_code, si_addr, FPSCR, CPSR, r0 to r15, d0 to d31. */
export const RECORD = 5 + 16 + 64;
const RECORDS = 300;
const bufferEnd = buffer + 4 * RECORD * RECORDS;

/** Offsets in the control page. */
const CURSOR = 0, COUNTDOWN = 4, PERIOD = 8, RESUME = 12, STACK = 16, REPEATS = 20, STACK_T = 32, ACTION = 64, COUNTERS = 128;
const sp = 13, lr = 14, pc = 15;
const upAfter = { P: 0, U: 1 }, upBefore = { P: 1, U: 1, W: 0 };
const SYS = { exit: 1, write: 4, mprotect: 125, rt_sigaction: 174, sigaltstack: 186 };
const handled = [4, 5, 7, 8, 11];
const SA_SIGINFO = 4, SA_ONSTACK = 0x0800_0000;
/** In struct ucontext: r0 to r15, cpsr, d0 to d31, FPSCR. */
const UC = { registers: 32, pc: 92, cpsr: 96, vectors: 240, fpscr: 496 };
/** The bits of CPSR that say where in an IT block the processor is. */
const IT_BITS = 0x0600_fc00;

export type Laid = {
  readonly bytes: Uint8Array;
  /** The block that a record tells of, by the address that its first word holds. */
  readonly blocks: ReadonlyMap<number, Block>;
};
export type Block = { readonly ops: readonly Op[]; readonly thumb: boolean; readonly from: number; readonly to: number };

class Layout {
  readonly code = new Code();
  readonly blocks = new Map<number, Block>();
  private readonly trace: Label = { thumb: false };
  private readonly flush: Label = { thumb: false };
  private readonly handler: Label = { thumb: false };
  private readonly routines: Label[];
  private counters = 0;
  private readonly tree: Tree;

  constructor(tree: Tree) {
    this.tree = tree;
    this.routines = tree.routines.map(({ thumb }) => ({ thumb }));
  }

  all(): void {
    const { code: c, tree } = this;
    this.start();
    const again = c.label();
    c.place(again);
    c.call(this.routines[0]!);
    this.countDown(REPEATS, 4, again);
    this.end(0);
    this.traceRoutine();
    this.flushRoutine();
    if (tree.handles) this.handlerRoutine();
    tree.routines.forEach((routine, i) => {
      c.thumb = false;
      c.align();
      c.thumb = routine.thumb;
      c.place(this.routines[i]!);
      // A T32 LDM of one register is none, so r0 is saved along where lr is popped.
      if (routine.thumb) c.units([0xb500 | routine.saved | (routine.pops ? 0 : 1)]); else c.arm('stm', { P: 1, U: 0, W: 1, Rn: sp, registers: routine.saved | 1 << lr });
      this.nodes(routine.body);
      const back = routine.pops ? pc : lr;
      if (!routine.thumb) c.arm('ldm', { ...upAfter, W: 1, Rn: sp, registers: routine.saved | 1 << back });
      else if (routine.pops) c.units([0xbd00 | routine.saved]);
      else c.put('ldm', { W: 1, Rn: sp, registers: routine.saved | 1 << lr | 1 });
      if (!routine.pops) c.units([routine.thumb ? 0x4770 : 0xe12fff1e]);
    });
  }

  private systemCall(number: number, ...values: readonly (number | Label)[]): void {
    const { code: c } = this;
    values.forEach((value, i) => { if (typeof value === 'number') c.constant(i, value); else c.constantAddress(i, value); });
    c.constant(7, number);
    c.arm('svc');
  }

  private start(): void {
    const { code: c, tree } = this;
    if (tree.handles) {
      this.systemCall(SYS.mprotect, readOnly, PAGE, 1);
      this.systemCall(SYS.mprotect, noAccess, PAGE, 0);
      c.constant(4, control);
      c.constantAddress(0, this.handler);
      c.store(0, 4, ACTION);
      this.systemCall(SYS.sigaltstack, control + STACK_T, 0);
      for (const signal of handled) this.systemCall(SYS.rt_sigaction, signal, control + ACTION, 0, 8);
    }
    c.constant(sp, stackTop);
    c.constant(0, pool);
    for (const D of [0, 1]) c.arm('vldmia', { sz: 1, D, W: 1, Rn: 0, Vd: 0, imm: 32 });
    c.arm('ldm', { ...upAfter, W: 0, Rn: 0, registers: 0x1fff });
  }

  /** Subtracts one from a word of the control page, and branches while it is not zero. */
  private countDown(offset: number, register: number, again: Label): void {
    const { code: c } = this;
    c.constant(lr, control);
    c.load(register, lr, offset);
    c.put('sub_imm', { S: 1, Rd: register, Rn: register, imm12: 1 });
    c.store(register, lr, offset);
    c.branch(again, 1);
  }

  private end(status: number): void {
    const { code: c } = this;
    c.call(this.flush);
    this.systemCall(SYS.write, 1, arena.at, arena.bytes);
    this.systemCall(SYS.exit, status);
  }

  private nodes(nodes: readonly Node[]): void { for (const node of nodes) this.node(node); }

  private node(node: Node): void {
    const { code: c } = this;
    switch (node.kind) {
      case 'block': this.block(node.ops); return;
      case 'call':
        if (node.indirect) { c.constantAddress(lr, this.routines[node.to]!); c.units([c.thumb ? 0x47f0 : 0xe12fff3e]); } else c.call(this.routines[node.to]!);
        return;
      case 'skip': {
        const after = c.label();
        c.branch(after, node.condition);
        this.nodes(node.body);
        c.place(after);
        return;
      }
      case 'loop': {
        const counter = COUNTERS + 4 * this.counters++;
        const again = c.label();
        const register = node.times & 7;
        c.constant(lr, control);
        c.constant(register, node.times);
        c.store(register, lr, counter);
        c.place(again);
        this.nodes(node.body);
        this.countDown(counter, register, again);
        return;
      }
      case 'switch': this.choose(node);
    }
  }

  private choose({ register, addresses, tested, arms }: Extract<Node, { kind: 'switch' }>): void {
    const { code: c } = this;
    const after = c.label();
    const labels = arms.map(() => c.label());
    const limit = tested ? 7 : arms.length >= 4 ? 3 : 1;
    c.put('and_imm', { S: 0, Rd: lr, Rn: register, imm12: limit });
    const count = tested ? arms.length : limit + 1;
    if (tested) c.put('cmp_imm', { Rn: lr, imm12: count - 1 });
    if (c.thumb) {
      if (tested) c.branch(after, 8);
      c.put('', { Rn: pc, Rm: lr, H: 1 }, 'tbb');
      c.distances(labels.slice(0, count));
    } else {
      const cond = tested ? 9 : 14;
      if (addresses) c.arm('ldr_reg', { cond, P: 1, U: 1, W: 0, Rt: pc, Rn: pc, Rm: lr, imm5: 2, type: 0 });
      else c.arm('add_reg', { cond, S: 0, Rd: pc, Rn: pc, Rm: lr, imm5: 2, type: 0 });
      c.branch(after);
      for (const label of labels.slice(0, count)) if (addresses) c.addressWord(label); else c.branch(label);
    }
    arms.forEach((arm, i) => {
      c.place(labels[i]!);
      this.nodes(arm);
      c.branch(after);
    });
    c.place(after);
  }

  private block(ops: readonly Op[]): void {
    const { code: c } = this;
    const from = c.here;
    for (const op of ops) this.operation(op);
    c.call(this.trace);
    this.blocks.set(c.here | (c.thumb ? 1 : 0), { ops, thumb: c.thumb, from, to: c.here });
  }

  private operation({ units, registers, faults }: Op): void {
    const { code: c } = this;
    const needed = Object.entries(registers).map(([n, value]) => [Number(n), value] as const);
    const movesStack = needed.some(([n]) => n === sp);
    const after = c.label();
    if (movesStack || faults) c.constant(lr, control);
    if (movesStack) c.store(sp, lr, STACK);
    if (faults) { c.constantAddress(12, after); c.store(12, lr, RESUME); }
    // T32 cannot make a constant in sp.
    for (const [n, value] of needed) if (n === sp && c.thumb) { c.constant(lr, value); c.units([0x46f5]); } else c.constant(n, value);
    c.units(units);
    c.place(after);
    if (movesStack) { c.constant(lr, control); c.load(lr, lr, STACK); c.units([c.thumb ? 0x46f5 : 0xe1a0d00e]); }
  }

  /** Appends registers to the record at r12. */
  private append(registers: readonly number[]): void { this.code.arm('stm', { ...upAfter, W: 1, Rn: 12, registers: registers.reduce((mask, n) => mask | 1 << n, 0) }); }

  private traceRoutine(): void {
    const { code: c } = this;
    const exit = c.label();
    c.place(this.trace);
    c.arm('stm', { P: 1, U: 0, W: 1, Rn: sp, registers: 0x5fff });
    c.arm('mrs', { Rd: 11 });
    c.constant(10, control);
    c.load(3, 10, COUNTDOWN);
    c.arm('sub_imm', { S: 1, Rd: 3, Rn: 3, imm12: 1 });
    c.store(3, 10, COUNTDOWN);
    c.branch(exit, 1);
    c.load(3, 10, PERIOD);
    c.store(3, 10, COUNTDOWN);
    c.load(12, 10, CURSOR);
    c.arm('mov_reg', { Rd: 0, Rm: lr });
    c.constant(1, 0);
    c.constant(2, 0);
    c.arm('vmrs', { reg: 1, Rt: 3 });
    c.arm('mov_reg', { Rd: 4, Rm: 11 });
    this.append([0, 1, 2, 3, 4]);
    c.arm('ldm', { ...upAfter, W: 0, Rn: sp, registers: 0xff });
    this.append([0, 1, 2, 3, 4, 5, 6, 7]);
    c.arm('add_imm', { Rd: lr, Rn: sp, imm12: 32 });
    c.arm('ldm', { ...upAfter, W: 0, Rn: lr, registers: 0x1f });
    c.arm('add_imm', { Rd: 5, Rn: sp, imm12: 56 });
    c.load(6, sp, 52);
    c.constant(7, 0);
    this.append([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const D of [0, 1]) c.arm('vstmia', { sz: 1, D, W: 1, Rn: 12, Vd: 0, imm: 32 });
    this.endOfRecord();
    c.place(exit);
    c.arm('msr_reg', { mask: 12, Rn: 11 });
    c.arm('ldm', { ...upAfter, W: 1, Rn: sp, registers: 0x9fff });
  }

  /** Keeps the cursor in r12, and writes the buffer when the next record would not fit. */
  private endOfRecord(): void {
    const { code: c } = this;
    const room = c.label();
    c.store(12, 10, CURSOR);
    c.constant(0, bufferEnd);
    c.arm('cmp_reg', { Rn: 12, Rm: 0, imm5: 0, type: 0 });
    c.branch(room, 3);
    c.call(this.flush);
    c.place(room);
  }

  /** write(1, buffer, what is in it) */
  private flushRoutine(): void {
    const { code: c } = this;
    c.place(this.flush);
    c.constant(10, control);
    c.load(2, 10, CURSOR);
    c.constant(1, buffer);
    c.store(1, 10, CURSOR);
    c.arm('sub_reg', { S: 0, Rd: 2, Rn: 2, Rm: 1, imm5: 0, type: 0 });
    c.constant(0, 1);
    c.constant(7, SYS.write);
    c.arm('svc');
    c.units([0xe12fff1e]);
  }

  private handlerRoutine(): void {
    const { code: c } = this;
    const lost = c.label();
    c.place(this.handler);
    c.arm('stm', { P: 1, U: 0, W: 1, Rn: sp, registers: 1 << 4 | 1 << lr });
    c.arm('mov_reg', { Rd: 11, Rm: 2 });
    c.constant(10, control);
    c.load(12, 10, CURSOR);
    c.arm('mov_reg', { Rd: 4, Rm: 0 });
    c.load(5, 1, 8);
    c.load(6, 1, 12);
    c.load(7, 11, UC.fpscr);
    c.load(8, 11, UC.cpsr);
    this.append([4, 5, 6, 7, 8]);
    c.arm('add_imm', { Rd: 9, Rn: 11, imm12: UC.registers });
    for (let i = 0; i < 2; i++) { c.arm('ldm', { ...upAfter, W: 1, Rn: 9, registers: 0xff }); this.append([0, 1, 2, 3, 4, 5, 6, 7]); }
    c.arm('add_imm', { Rd: 9, Rn: 11, imm12: UC.vectors });
    for (let i = 0; i < 2; i++) { c.arm('vldmia', { sz: 1, D: 0, W: 1, Rn: 9, Vd: 0, imm: 32 }); c.arm('vstmia', { sz: 1, D: 0, W: 1, Rn: 12, Vd: 0, imm: 32 }); }
    c.load(0, 10, RESUME);
    c.arm('cmp_imm', { Rn: 0, imm12: 0 });
    c.branch(lost, 0);
    c.arm('bic_imm', { S: 0, Rd: 1, Rn: 0, imm12: 1 });
    c.store(1, 11, UC.pc);
    c.load(1, 11, UC.cpsr);
    c.constant(2, ~IT_BITS >>> 0);
    c.arm('and_reg', { S: 0, Rd: 1, Rn: 1, Rm: 2, imm5: 0, type: 0 });
    c.store(1, 11, UC.cpsr);
    c.constant(1, 0);
    c.store(1, 10, RESUME);
    this.endOfRecord();
    c.arm('ldm', { ...upAfter, W: 1, Rn: sp, registers: 1 << 4 | 1 << pc });
    // A fault where none was expected
    c.place(lost);
    c.store(12, 10, CURSOR);
    this.end(3);
  }
}

function data(tree: Tree): Uint32Array {
  const next = random(tree.seed);
  const words = new Uint32Array((bufferEnd + 4 * RECORD - DATA) / 4);
  const set = (offset: number, ...values: number[]): void => words.set(values, offset / 4);
  set(CURSOR, buffer);
  set(COUNTDOWN, tree.period);
  set(PERIOD, tree.period);
  set(REPEATS, tree.repeats);
  set(STACK_T, altStack, 0, 8 * PAGE);
  set(ACTION, 0, SA_SIGINFO | SA_ONSTACK, 0, 0, 0);
  for (let at = arena.at; at < readOnly; at += 4) words[(at - DATA) / 4] = next() & 3 ? floatWord(next) : operand(next);
  return words;
}

/** Half of a double or a single: something ordinary, mostly. */
function floatWord(next: () => number): number {
  const sign = next() & 0x8000_0000;
  switch (next() % 8) {
    case 0: return next();
    case 1: return (sign | pickSpecial(next)) >>> 0;
    case 2: case 3: return (sign | (1023 - 30 + next() % 60) << 20 | next() & 0xfffff) >>> 0;
    default: return (sign | (127 - 20 + next() % 40) << 23 | next() & 0x7fffff) >>> 0;
  }
}
const specials = [0, 0x7f80_0000, 0x7fc0_0001, 0x7fa0_0000, 0x7ff0_0000, 0x7ff8_0000, 0x7ff0_0001, 1, 0x000f_ffff, 0x0080_0000, 0x0010_0000, 0x7f7f_ffff, 0x7fef_ffff];
const pickSpecial = (next: () => number): number => specials[next() % specials.length]!;

/** The program's file, and which block each address belongs to. */
export function layOut(tree: Tree): Laid {
  const layout = new Layout(tree);
  layout.all();
  const code = layout.code.finish();
  if (CODE + code.byteLength > DATA) throw new Error('the code does not fit');
  return { bytes: elf(code, data(tree)), blocks: layout.blocks };
}
