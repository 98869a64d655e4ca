// What semantics of ARM instructions are written against: the builder, the instruction's place, registers and flags.
import type { Builder } from '../../../translate/builder.ts';
import type { Ref, TrapCode } from '../../../translate/ir.ts';
import type { CpuModel, Fetch } from '../../guest.ts';
import type { Feature } from '../isa/features.ts';
import { bigEndian, ITSTATE, r } from '../state.ts';
import { inOtherOrder } from './byte-order.ts';
import { AL, Flags, type Condition } from './flags.ts';

/** Rare modes: code asks whether it is in them only once the program has been (GuestMemory.modes). */
export const BIG_ENDIAN = 1, SHORT_VECTORS = 2;

export class Machine {
  readonly b: Builder;
  readonly model: CpuModel;
  /** Reads code, and tables that lie in it. */
  readonly fetch: Fetch;
  readonly flags: Flags;
  /** The rare modes that code asks for. */
  private readonly modes: number;
  /** The instruction's address, its length, and its instruction set. */
  pc = 0;
  size: 2 | 4 = 4;
  thumb = false;
  /** ITSTATE for the instruction: 0 outside IT blocks. */
  itState = 0;
  /** The condition under which it is carried out: only branches ask, the others are made conditional around them. */
  condition: Condition = AL;
  /** The condition that holds where the instruction is carried out, as somebody else has tested it. */
  holding: Condition = AL;
  /** Moves up with every write of the register. */
  readonly versions = new Int32Array(16);
  /** What registers are known to be multiples of: in this block, until they are written. */
  private readonly aligned: { readonly epoch: number; readonly version: number; readonly bytes: number }[] = [];
  /** While set, register writes happen only if this value is not zero. */
  private predicate: Ref | null = null;

  constructor(b: Builder, model: CpuModel, fetch: Fetch, modes = 0) {
    this.b = b;
    this.fetch = fetch;
    this.model = model;
    this.modes = modes;
    this.flags = new Flags(b, this.versions);
  }

  /** Whether the processor has it. */
  has(feature: Feature): boolean { return this.model.features.has(feature); }
  get inIt(): boolean { return this.itState !== 0; }
  /** The location of the instruction, of the next one, and of any address in the same instruction set. */
  get location(): number { return this.at(this.pc); }
  get next(): number { return this.at((this.pc + this.size) >>> 0); }
  at(address: number): number { return (address | (this.thumb ? 1 : 0)) >>> 0; }
  /** The value that reading r15 gives. */
  get pcValue(): number { return (this.pc + (this.thumb ? 4 : 8)) >>> 0; }

  reg(n: number): Ref { return n === 15 ? this.b.i32(this.pcValue) : this.b.get(r[n]!); }

  /** Writes r0 to r14. To r15, in instructions that cannot branch, is UNPREDICTABLE: nothing is written. */
  setReg(n: number, value: Ref): void {
    const slot = r[n];
    if (slot === undefined) return;
    this.versions[n]!++;
    this.b.set(slot, this.predicate === null ? value : this.b.op('i32.select', value, this.b.get(slot), this.predicate));
  }

  /** SIGBUS unless the register's value is a multiple of `bytes`, a power of two. What this asks is the same for a constant distance from it. */
  checkAligned(n: number, bytes: number): void {
    const known = this.aligned[n];
    if (n === 15 || (known !== undefined && known.epoch === this.b.epoch && known.version === this.versions[n] && known.bytes >= bytes)) return;
    this.b.op('i32.check_aligned', this.reg(n), this.b.i32(bytes - 1));
    this.aligned[n] = { epoch: this.b.epoch, version: this.versions[n]!, bytes };
  }

  heeds(mode: number): boolean { return (this.modes & mode) !== 0; }

  /** If `entered` is not zero, the instruction has entered a rare mode: code after it has to ask for it. The last thing that an instruction does. */
  enter(mode: number, entered: Ref): void {
    if (this.heeds(mode)) return;
    const { b } = this;
    const [rare, usual] = [b.newBlock(), b.newBlock()];
    b.end({ kind: 'branch', cond: entered, then: rare, else: usual });
    b.start(rare);
    this.mark();
    this.keepItState(this.nextItState);
    b.end({ kind: 'callout', which: 0, pc: this.location, next: this.next, info: mode });
    b.start(usual);
  }

  /** A value as it lies in memory in the data's byte order, or the other way round. `element`: bytes of what it consists of. */
  inOrder(type: string, value: Ref, element: number): Ref {
    return element === 1 || !this.heeds(BIG_ENDIAN) ? value : inOtherOrder(this.b, type, value, element, this.b.get(bigEndian));
  }

  /** Loads data. */
  load(op: string, address: Ref, element: number): Ref {
    const value = this.inOrder(op.slice(0, op.indexOf('.')), this.b.op(op, address), element);
    return op === 'i32.load16_s' && this.heeds(BIG_ENDIAN) ? this.b.op('i32.extend16_s', value) : value;
  }

  /** Stores data. */
  store(op: string, address: Ref, value: Ref, element: number): void {
    this.b.op(op, address, this.inOrder(op.slice(0, op.indexOf('.')), value, element));
  }

  /** Marks the instruction's start in the current block. */
  mark(): void { this.b.insn(this.location, this.itState); }

  /** Runs `body` (part of this instruction) only if `cond` is not zero. */
  when(cond: Ref, body: () => void): void {
    this.b.when(cond, () => { this.mark(); this.flags.inside(body); });
  }

  /** Does the instruction's work only if the condition holds. `pure`: all it does is write registers. */
  conditionally(cond: Condition, pure: boolean, body: () => void): void {
    const holds = this.flags.condition(cond);
    if (!pure) { this.when(holds, body); return; }
    this.mark();
    this.predicate = holds;
    body();
    this.predicate = null;
  }

  /** ITSTATE for the instruction after this one. */
  get nextItState(): number { return (this.itState & 7) === 0 ? 0 : (this.itState & 0xe0) | ((this.itState << 1) & 0x1f); }

  trap(code: TrapCode, info = 0): void {
    this.keepItState(this.itState);
    this.b.end({ kind: 'trap', code, pc: this.location, info });
  }

  /** Execution leaves the unit in an IT block: says where in it. */
  keepItState(itState: number): void { if (itState !== 0) this.b.set(ITSTATE, this.b.i32(itState)); }
  /** The instruction is undefined: SIGILL. */
  undefined(): void { this.trap('illegal'); }
}
